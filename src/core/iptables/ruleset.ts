/** A rule of a chain. */
export interface Rule {
  kind: 'rule';
  /** The whole line as it was read. */
  text: string;
  chain: string;
  /** What follows `-A CHAIN `: `-p tcp -j FSM_PROXY_OUTBOUND`. */
  spec: string;
  /** Of `[packets:bytes]`; null where the text has none (iptables-save without -c). Exact up to 2^53. */
  counters: Counters | null;
  /** The line of the text, from 0. */
  line: number;
}

/** What a rule or a chain's policy has matched. In `nat`, packets are connections: only a flow's first one passes. */
export interface Counters {
  packets: number;
  bytes: number;
}

export interface Chain {
  kind: 'chain';
  /** The whole line as it was read; empty for a chain that has rules but no line of its own. */
  text: string;
  name: string;
  /** `ACCEPT` or `DROP` of a built-in chain; null for the others. */
  policy: string | null;
  counters: Counters | null;
  line: number;
  rules: Rule[];
}

export interface Table {
  kind: 'table';
  text: string;
  name: string;
  line: number;
  /** By name, in the order of the text. */
  chains: Map<string, Chain>;
}

/** A line that is no part of a table's structure: comments, COMMIT, warnings, what we do not know. */
export interface OtherLine {
  kind: 'other';
  text: string;
}

/** A whole text of `iptables-save`, without loss: `lines` renders back to the same bytes. */
export interface Ruleset {
  tables: Table[];
  lines: (Table | Chain | Rule | OtherLine)[];
}

/** A chain of a table; undefined where there is none. */
export const chainIn = (ruleset: Ruleset, table: string, chain: string): Chain | undefined =>
  ruleset.tables.find(({ name }) => name === table)?.chains.get(chain);
