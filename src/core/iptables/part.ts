import type { Redirection } from './rules';
import type { Table } from './ruleset';
import { targetOf } from './words';

/** Some chains of a table, whatever table it is, and every rule of its other chains that leads to them. */
export function partOf(table: Table, belongs: (chain: string) => boolean): Redirection {
  const chains = [...table.chains.values()];
  return {
    chains: chains
      .filter(({ name }) => belongs(name))
      .map(({ name, rules }) => ({ name, rules: rules.map(({ spec }) => spec) })),
    jumps: chains
      .filter(({ name }) => !belongs(name))
      .flatMap(({ name, rules }) =>
        rules.flatMap(({ spec }, index) =>
          belongs(targetOf(spec)?.name ?? '') ? [{ chain: name, position: index + 1, spec }] : [],
        ),
      ),
  };
}
