import type { Ruleset } from '../iptables';
import type { Finding } from './finding';

/** What would make a finding go away: changes to the lines of the text, from 0. */
export interface Fix {
  title: string;
  delete: number[];
  /** A line to put before another one. */
  insert: { before: number; text: string } | null;
}

/** The rules that do nothing where they are: taking them out changes no packet's way. */
const IDLE: ReadonlySet<Finding['kind']> = new Set(['dead', 'shadowed', 'dead-admin-rule']);

/** What can be done about a finding in its own text; nothing where it is not certain, or only somebody can tell. */
export function fixesFor(finding: Finding, ruleset: Ruleset): Fix[] {
  if (!finding.certain) return [];
  const { kind, place } = finding;
  if (IDLE.has(kind)) {
    return [{ title: 'Delete this rule, which has no effect', delete: [place.line], insert: null }];
  }
  if (kind === 'duplicate-jump') {
    return [{ title: 'Delete the second jump', delete: [place.line], insert: null }];
  }
  const table = ruleset.tables.find((one) => one.name === place.table && one.chains.has(place.chain));
  const chain = table?.chains.get(place.chain);
  if (kind === 'unused-chain' && chain && place.line >= 0) {
    const lines = [place.line, ...chain.rules.map(({ line }) => line)];
    return [{ title: `Delete the chain ${place.chain} with its rules`, delete: lines, insert: null }];
  }
  return [];
}
