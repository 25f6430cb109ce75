import type { Finding, RulesetKey } from '../../src/protocol/inspector';
import { chainKey, rulesetKey } from './rulesets';

/** What was found wrong with the rules, by the line of the ruleset that it is said of. */
export class Findings {
  readonly count: number;
  readonly #inChains = new Map<string, number>();
  readonly #byLine = new Map<string, Map<number, Finding[]>>();

  constructor(rulesets: (RulesetKey & { findings: Finding[] })[]) {
    for (const ruleset of rulesets) {
      const key = rulesetKey(ruleset);
      const lines = new Map<number, Finding[]>();
      for (const finding of ruleset.findings) {
        const { line, table, chain, rule } = finding.place;
        const inChain = chainKey(`${key}/${table}`, chain);
        if (rule !== null) this.#inChains.set(inChain, (this.#inChains.get(inChain) ?? 0) + 1);
        lines.set(line, [...(lines.get(line) ?? []), finding]);
      }
      this.#byLine.set(key, lines);
    }
    this.count = rulesets.reduce((sum, { findings }) => sum + findings.length, 0);
  }

  /** Those of a rule or a chain. `ruleset` is the ruleset's key. */
  at(ruleset: string, line: number): readonly Finding[] {
    return this.#byLine.get(ruleset)?.get(line) ?? NONE;
  }

  /** How many there are of a chain's rules. Takes the chain's key. */
  inChain(chain: string): number {
    return this.#inChains.get(chain) ?? 0;
  }
}

const NONE: readonly Finding[] = [];
