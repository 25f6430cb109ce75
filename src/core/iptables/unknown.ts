import { isRedirectionChain } from './names';
import { isOurRule } from './present';
import type { Rule, Ruleset, Table } from './ruleset';
import { targetOf, wordsOf } from './words';

/** Options that make a rule one for a service, and not for all that a workload says or hears. */
const NARROW = new Set([
  '--dport',
  '--dports',
  '--sport',
  '--sports',
  '--ports',
  '-d',
  '--dst-range',
  '--match-set',
]);

/** True if the rule takes TCP connections whoever they are to. What is excepted (`! -d 127.0.0.1/32`) does not count. */
function takesAll({ spec }: Rule): boolean {
  const words = wordsOf(spec).map(({ text }) => text);
  const protocol = words.indexOf('-p');
  return (
    (protocol < 0 || words[protocol + 1] === 'tcp') &&
    words.every((word, index) => !NARROW.has(word) || words[index - 1] === '!')
  );
}

/** The chains below a built-in one to which all connections come, past those of meshes that we know. */
function chainsFrom(table: Table, builtin: string): Set<string> {
  const reached = new Set([builtin]);
  for (const name of reached) {
    for (const rule of table.chains.get(name)?.rules ?? []) {
      const target = targetOf(rule.spec)?.name ?? '';
      if (table.chains.has(target) && !isRedirectionChain(target) && takesAll(rule)) reached.add(target);
    }
  }
  return reached;
}

const WAYS: readonly { table: string; target: RegExp; builtins: readonly string[] }[] = [
  { table: 'nat', target: /-[jg] REDIRECT\b/, builtins: ['PREROUTING', 'OUTPUT'] },
  { table: 'mangle', target: /-j TPROXY\b/, builtins: ['PREROUTING'] },
];

/**
 * The chains in which someone whose names we do not know takes all TCP connections to a port of this machine: `nat OUTPUT`.
 * Redirection of single ports or destinations is not meant.
 */
export function unknownRedirects(ruleset: Ruleset): string[] {
  return WAYS.flatMap(({ table: name, target, builtins }) => {
    const table = ruleset.tables.find((one) => one.name === name);
    const taking = [...(table?.chains.values() ?? [])].filter(
      (chain) =>
        !isRedirectionChain(chain.name) &&
        chain.rules.some((rule) => target.test(rule.spec) && takesAll(rule) && !isOurRule(rule)),
    );
    if (!table || taking.length === 0) return [];
    const reached = builtins.map((builtin) => chainsFrom(table, builtin));
    return taking
      .filter((chain) => reached.some((chains) => chains.has(chain.name)))
      .map((chain) => `${name} ${chain.name}`);
  });
}
