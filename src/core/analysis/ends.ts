import type { ReadChain, ReadRule, ReadTable } from './read-table';
import { endsWalk } from './targets';

/** Which rules leave nothing to the rules after them. */
export class Ends {
  readonly #table: ReadTable;
  readonly #chains = new Map<string, boolean>();

  constructor(table: ReadTable) {
    this.#table = table;
  }

  /** True if no packet that fits the rule comes to the rule after it. */
  takes({ target, goto }: ReadRule): boolean {
    if (target === null) return false;
    if (target === 'RETURN' || endsWalk(target)) return true;
    const chain = this.#table.chains.get(target);
    // What a chain that was gone to gives back goes on where this chain was called from.
    return chain !== undefined && (goto || this.#ends(chain));
  }

  /** True if it does so for every packet. */
  takesAll(rule: ReadRule): boolean {
    return rule.unconditional && this.takes(rule);
  }

  /** True if no packet comes back from the chain. */
  #ends(chain: ReadChain): boolean {
    const known = this.#chains.get(chain.name);
    if (known !== undefined) return known;
    // A loop of chains, which the kernel refuses, ends nothing.
    this.#chains.set(chain.name, false);
    const ends = this.#walk(chain);
    this.#chains.set(chain.name, ends);
    return ends;
  }

  #walk(chain: ReadChain): boolean {
    for (const rule of chain.rules) {
      if (rule.target === 'RETURN') return false;
      const to = rule.target === null ? undefined : this.#table.chains.get(rule.target);
      if (rule.goto && (!to || !this.#ends(to))) return false;
      if (this.takesAll(rule)) return true;
    }
    return false;
  }
}
