import { wordsOf } from '../../src/core/iptables/words';
import type { Chain, Rule } from '../model/rulesets';
import { rulesetOf, type Item } from './items';

export type CopyFormat = 'command' | 'restore' | 'json' | 'markdown';

/** The formats in which a row can be copied, and what they are called. */
export const COPY_FORMATS: Record<CopyFormat, string> = {
  command: 'Copy as Command',
  restore: 'Copy as Restore Block',
  json: 'Copy as JSON',
  markdown: 'Copy as Markdown',
};

/** What is copied of a row: a rule, a chain with its rules, a table or a ruleset with all of theirs. */
export function copyText(item: Item, format: CopyFormat): string {
  const parts = partsOf(item);
  switch (format) {
    case 'command':
      return parts.flatMap((part) => commands(part, toolOf(item))).join('\n');
    case 'restore':
      return `${tablesOf(parts).map(restoreBlock).join('\n')}\n`;
    case 'json':
      return JSON.stringify(asData(item, parts), null, 2);
    case 'markdown':
      return parts.map(markdown).join('\n\n');
  }
}

interface Part {
  table: string;
  counts: string;
  chain: string;
  policy: string | null;
  /** The chain as a whole, and not one rule of it. */
  whole: boolean;
  rules: { number: number; spec: string; packets: number; bytes: number }[];
}

function partsOf(item: Item): Part[] {
  switch (item.kind) {
    case 'ruleset':
      return item.tables.flatMap(partsOf);
    case 'table':
      return item.chains.map((chain) => part(chain, chain.rules, true));
    case 'chain':
      return [part(item, item.rules, true)];
    case 'rule':
      return [part(item.chain, [item], false)];
  }
}

function part({ table, view }: Chain, rules: readonly Rule[], whole: boolean): Part {
  return {
    table: table.name,
    counts: table.counts,
    chain: view.name,
    policy: view.policy,
    whole,
    rules: rules.map(({ number, view, counter }) => ({ number, spec: view.text, ...counter.value })),
  };
}

function toolOf(item: Item): string {
  const { family, backend } = rulesetOf(item).view;
  return `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}`;
}

function commands({ table, chain, policy, whole, rules }: Part, tool: string): string[] {
  const run = (...words: string[]): string => [tool, '-t', table, ...words].map(shellWord).join(' ');
  const head = !whole ? [] : [policy === null ? run('-N', chain) : run('-P', chain, policy)];
  return [...head, ...rules.map(({ spec }) => run('-A', chain, ...wordsOf(spec).map(({ text }) => text)))];
}

/** As a POSIX shell takes it for one word. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$|^!$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

function tablesOf(parts: readonly Part[]): Part[][] {
  const tables = new Map<string, Part[]>();
  for (const one of parts) tables.set(one.table, [...(tables.get(one.table) ?? []), one]);
  return [...tables.values()];
}

/** Takes the chains of one table. */
function restoreBlock(parts: readonly Part[]): string {
  return [
    `*${parts[0]?.table ?? ''}`,
    ...parts.filter(({ whole }) => whole).map(({ chain, policy }) => `:${chain} ${policy ?? '-'} [0:0]`),
    ...parts.flatMap(({ chain, rules }) => rules.map(({ spec }) => `-A ${chain} ${spec}`.trimEnd())),
    'COMMIT',
  ].join('\n');
}

function asData(item: Item, parts: readonly Part[]): unknown {
  const { family, backend } = rulesetOf(item).view;
  return parts.map(({ table, chain, policy, counts, rules }) => ({
    ...{ family, backend, table, chain, policy },
    rules: rules.map(({ number, spec, packets, bytes }) => ({
      number,
      rule: spec,
      [counts]: packets,
      bytes,
    })),
  }));
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('`', "'");

function markdown({ table, chain, policy, counts, rules }: Part): string {
  return [
    `**${table} ${chain}**${policy === null ? '' : ` (policy ${policy})`}`,
    '',
    `| # | rule | ${counts} | bytes |`,
    '| -: | --- | -: | -: |',
    ...rules.map(
      ({ number, spec, packets, bytes }) => `| ${number} | \`${cell(spec)}\` | ${packets} | ${bytes} |`,
    ),
  ].join('\n');
}
