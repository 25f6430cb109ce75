import type { Chain, Counters, Rule, Ruleset, Table } from './ruleset';

const RULE = /^(?:\[(\d+):(\d+)\] )?-A (\S+)(?: ([^]*))?$/;
const CHAIN = /^:(\S+) (\S+)(?: \[(\d+):(\d+)\])?\s*$/;
const TABLE = /^\*(\S+)\s*$/;

function countersOf(packets: string | undefined, bytes: string | undefined): Counters | null {
  return packets === undefined || bytes === undefined
    ? null
    : { packets: Number(packets), bytes: Number(bytes) };
}

function chainOf(table: Table, name: string, line: number): Chain {
  const known = table.chains.get(name);
  if (known) return known;
  const chain: Chain = { kind: 'chain', text: '', name, policy: null, counters: null, line, rules: [] };
  table.chains.set(name, chain);
  return chain;
}

function declareChain(table: Table, match: RegExpExecArray, line: number): Chain {
  const [text, name = '', policy = '-', packets, bytes] = match;
  const chain = chainOf(table, name, line);
  chain.text = text;
  chain.policy = policy === '-' ? null : policy;
  chain.counters = countersOf(packets, bytes);
  return chain;
}

function addRule(table: Table, match: RegExpExecArray, line: number): Rule {
  const [text, packets, bytes, name = '', spec = ''] = match;
  const chain = chainOf(table, name, line);
  const rule: Rule = { kind: 'rule', chain: name, text, spec, counters: countersOf(packets, bytes), line };
  chain.rules.push(rule);
  return rule;
}

/**
 * Reads what `iptables-save` and `ip6tables-save`, with or without `-c`, print: any table, any match, any target. Takes
 * any text whatever and never throws: lines that it does not know are kept as they are.
 */
export function parseRuleset(text: string): Ruleset {
  const ruleset: Ruleset = { tables: [], lines: [] };
  let table: Table | null = null;
  for (const [number, line] of text.split('\n').entries()) {
    const opened = TABLE.exec(line);
    if (opened) {
      table = { kind: 'table', text: line, name: opened[1] ?? '', line: number, chains: new Map() };
      ruleset.tables.push(table);
      ruleset.lines.push(table);
      continue;
    }
    const rule = table && RULE.exec(line);
    const chain = table && !rule ? CHAIN.exec(line) : null;
    if (table && rule) ruleset.lines.push(addRule(table, rule, number));
    else if (table && chain && !table.chains.has(chain[1] ?? '')) {
      ruleset.lines.push(declareChain(table, chain, number));
    } else {
      if (line === 'COMMIT') table = null;
      ruleset.lines.push({ kind: 'other', text: line });
    }
  }
  return ruleset;
}

/** The text of a ruleset: the bytes that it was read from. */
export function renderRuleset(ruleset: Ruleset): string {
  return ruleset.lines.map(({ text }) => text).join('\n');
}
