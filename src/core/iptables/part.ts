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

/**
 * The text for one `iptables-restore --noflush` that takes a part of a table away, in one step of the kernel: rules that
 * lead to it by their spec, each as often as it is there, then its chains. If one of the rules is gone meanwhile, nothing is
 * changed.
 */
export function removalText(table: string, { chains, jumps }: Redirection): string {
  const names = chains.map(({ name }) => name);
  const lines = [
    `*${table}`,
    ...jumps.map(({ chain, spec }) => `-D ${chain} ${spec}`),
    ...names.map((name) => `:${name} - [0:0]`),
    ...names.map((name) => `-X ${name}`),
    'COMMIT',
  ];
  return `${lines.join('\n')}\n`;
}
