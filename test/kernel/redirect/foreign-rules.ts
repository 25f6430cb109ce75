import { readFileSync } from 'node:fs';
import type { Family } from '../../../src/core/model';

export const FAMILIES = ['ipv4', 'ipv6'] as const satisfies Family[];

/** Whose rules there are in test/fixtures/iptables/foreign. Together they fill every table. */
export const FOREIGN = ['docker', 'kube-proxy', 'calico', 'firewalld'] as const;

/** Rules as one of them writes them, for `iptables-restore --noflush`. */
export function foreignRules(name: string, family: Family): string {
  const file = `../../fixtures/iptables/foreign/${name}.${family === 'ipv4' ? 'v4' : 'v6'}.rules`;
  return readFileSync(new URL(file, import.meta.url), 'utf8');
}

const isOurs = (line: string): boolean =>
  /^(:|-A )FSM_PROXY_/.test(line) ||
  / -j FSM_PROXY_/.test(line) ||
  line.includes('--comment mesh-redirect') ||
  line.includes('--comment "mesh-redirect');

/** What `iptables-save` prints of others, byte by byte, without counters; a table of which nothing is theirs is left out. */
export function foreignPart(saved: string): string {
  const tables = saved
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !isOurs(line))
    .map((line) => line.replace(/^(:.*) \[\d+:\d+\]$/, '$1'))
    .join('\n')
    .split(/(?<=^COMMIT$)/m);
  // Empty built-in chains are all that a table is made of where only we have been.
  return tables.filter((table) => /^(-A|:\S+ -$)/m.test(table)).join('');
}
