import type { ProgramView } from '../../src/protocol/inspector';
import type { Chain, LiveCounter, Ruleset, Table } from '../model/rulesets';

export type Lane = 'outbound' | 'inbound';

/** Something that a connection passes. */
export interface PathNode {
  id: string;
  kind: 'end' | 'hook' | 'chain' | 'folded';
  label: string;
  /** A second line: which table, whose program. */
  about: string;
  /** Why it decides nothing although it is there; null if it does. */
  preempted: string | null;
  /** Where a click leads. */
  to: { chain: Chain } | { program: number } | { unfold: string } | null;
}

export interface PathEdge {
  from: string;
  to: string;
  /** Whose counters tell how many connections go this way; empty where nobody counts. */
  counters: LiveCounter[];
  preempted: boolean;
}

export interface PathModel {
  nodes: PathNode[];
  edges: PathEdge[];
}

export interface PathFacts {
  rulesets: readonly Ruleset[];
  programs: readonly ProgramView[];
  family: 'ipv4' | 'ipv6';
  /** Nodes of folded chains that were unfolded, by id. */
  unfolded: ReadonlySet<string>;
}

/** The tables of a netfilter hook in the order of their priorities (include/uapi/linux/netfilter_ipv4.h). */
const TABLES = ['raw', 'mangle', 'nat', 'filter', 'security'];

/** What a connection meets on its way, in the kernel's order: hooks of BPF by name, built-in chains by theirs. */
const WAYS: Record<Lane, { start: string; end: string; stops: ({ hook: string } | { chain: string })[] }> = {
  outbound: {
    start: 'application',
    end: 'network',
    stops: [{ hook: 'connect' }, { chain: 'OUTPUT' }, { chain: 'POSTROUTING' }, { hook: 'sockops' }],
  },
  inbound: {
    start: 'network',
    end: 'application',
    stops: [{ chain: 'PREROUTING' }, { chain: 'INPUT' }, { hook: 'sk_lookup' }],
  },
};

const END = (id: string, about: string): PathNode => ({
  ...{ id, kind: 'end', label: id, about, preempted: null, to: null },
});

/** Builds the picture of one direction: the way itself, and what it branches off to. */
export function pathModel(lane: Lane, facts: PathFacts): PathModel {
  return new Builder(lane, facts).build();
}

class Builder {
  readonly #lane: Lane;
  readonly #facts: PathFacts;
  readonly #nodes = new Map<string, PathNode>();
  readonly #edges = new Map<string, PathEdge>();

  constructor(lane: Lane, facts: PathFacts) {
    this.#lane = lane;
    this.#facts = facts;
  }

  build(): PathModel {
    const { start, end, stops } = WAYS[this.#lane];
    this.#node(END(start, ''));
    let before = start;
    for (const stop of stops)
      before = 'hook' in stop ? this.#hooks(stop.hook, before) : this.#chains(stop.chain, before);
    this.#node(END(end, ''));
    this.#edge(before, end, []);
    if (this.#nodes.has('sidecar')) {
      this.#edge('sidecar', end, []);
      this.#answers();
    }
    return { nodes: [...this.#nodes.values()], edges: [...this.#edges.values()] };
  }

  /** The programs of a hook, one after another; those of ours lead to the sidecar. */
  #hooks(hook: string, before: string): string {
    const name = hook === 'connect' ? (this.#facts.family === 'ipv4' ? 'connect4' : 'connect6') : hook;
    for (const program of this.#facts.programs.filter((one) => one.hook === name)) {
      const id = `${name} ${program.order}`;
      const preempted = program.ours && name === 'sk_lookup' ? this.#inboundByRules() : null;
      this.#node({
        ...{ id, kind: 'hook', label: name, preempted, to: { program: program.id } },
        about: program.ours ? 'eBPF, ours' : `eBPF, ${program.name}`,
      });
      this.#edge(before, id, []);
      if (program.ours && name !== 'sockops') this.#toSidecar(id, [], preempted !== null);
      before = id;
    }
    return before;
  }

  /** The sidecar asks for the original destination: no part of the way, and yet of what is attached to it. */
  #answers(): void {
    for (const { id, ours, order } of this.#facts.programs.filter(({ hook }) => hook === 'getsockopt')) {
      const node = `getsockopt ${order}`;
      const about = ours ? 'answers SO_ORIGINAL_DST' : 'eBPF, not ours';
      this.#node({
        id: node,
        kind: 'hook',
        label: 'getsockopt',
        about,
        preempted: null,
        to: { program: id },
      });
      this.#edge('sidecar', node, []);
    }
  }

  #chains(builtin: string, before: string): string {
    const tables = this.#facts.rulesets
      .filter(({ view }) => view.family === this.#facts.family)
      .flatMap((ruleset) => ruleset.tables.map((table) => ({ ruleset, table })))
      .sort((a, b) => TABLES.indexOf(a.table.name) - TABLES.indexOf(b.table.name));
    for (const { ruleset, table } of tables) {
      const chain = table.chains.find(({ view }) => view.name === builtin);
      if (!chain || chain.rules.length === 0) continue;
      const preempted = this.#outboundByHook(table);
      this.#chain(chain, `${table.name}, ${ruleset.view.backend}`, null);
      this.#edge(before, chain.key, []);
      this.#below(chain, table, ruleset, preempted);
      before = chain.key;
    }
    return before;
  }

  #chain(chain: Chain, about: string, preempted: string | null): void {
    this.#node({ id: chain.key, kind: 'chain', label: chain.view.name, about, preempted, to: { chain } });
  }

  /** Where the rules of a chain lead: chains that redirect by name, the others as one node, and the sidecar. */
  #below(chain: Chain, table: Table, ruleset: Ruleset, preempted: string | null): void {
    const others = new Map<string, { chain: Chain; counters: LiveCounter[] }>();
    const unfolded = this.#facts.unfolded.has(foldedId(chain));
    for (const { view, counter } of chain.rules) {
      const target = / -[jg] (\S+)/.exec(` ${view.text}`)?.[1] ?? '';
      if (target === 'REDIRECT' || target === 'TPROXY')
        this.#toSidecar(chain.key, [counter], preempted !== null);
      const next = table.chainNames.has(target)
        ? table.chains.find((one) => one.view.name === target)
        : undefined;
      if (!next) continue;
      if (next.view.redirects || unfolded) {
        const isNew = !this.#nodes.has(next.key);
        this.#chain(next, `${table.name}, ${ruleset.view.backend}`, next.view.redirects ? preempted : null);
        this.#edge(chain.key, next.key, [counter], preempted !== null && next.view.redirects);
        if (isNew) this.#below(next, table, ruleset, preempted);
      } else {
        const known = others.get(next.key);
        if (known) known.counters.push(counter);
        else others.set(next.key, { chain: next, counters: [counter] });
      }
    }
    this.#folded(chain, [...others.values()]);
  }

  #folded(chain: Chain, others: { chain: Chain; counters: LiveCounter[] }[]): void {
    if (others.length === 0) return;
    const id = foldedId(chain);
    const [first] = others;
    const label = others.length === 1 && first ? first.chain.view.name : `${others.length} other chains`;
    this.#node({
      ...{ id, kind: 'folded', label, about: 'not of the redirection', preempted: null },
      to: others.length === 1 && first ? { chain: first.chain } : { unfold: id },
    });
    this.#edge(
      chain.key,
      id,
      others.flatMap(({ counters }) => counters),
    );
  }

  #toSidecar(from: string, counters: LiveCounter[], preempted = false): void {
    this.#node(END('sidecar', ''));
    this.#edge(from, 'sidecar', counters, preempted);
  }

  /** connect(2) is rewritten before there is a packet: rules that redirect then see a connection to the sidecar itself. */
  #outboundByHook({ name }: Table): string | null {
    if (this.#lane !== 'outbound' || name !== 'nat') return null;
    const hook = this.#facts.family === 'ipv4' ? 'connect4' : 'connect6';
    return this.#facts.programs.some((program) => program.ours && program.hook === hook)
      ? `${hook} has sent the connection to the sidecar before there was a packet for these rules.`
      : null;
  }

  /** A socket is looked up after netfilter: what PREROUTING has redirected no longer goes to the port that was asked for. */
  #inboundByRules(): string | null {
    const redirecting = this.#facts.rulesets
      .filter(({ view }) => view.family === this.#facts.family)
      .flatMap(({ tables }) => tables)
      .find(
        ({ name, chains }) =>
          name === 'nat' && chains.some((c) => c.view.name === 'PREROUTING' && c.view.redirects),
      );
    return redirecting ? 'The rules of nat PREROUTING redirect before the socket is looked up.' : null;
  }

  #node(node: PathNode): void {
    if (!this.#nodes.has(node.id)) this.#nodes.set(node.id, node);
  }

  #edge(from: string, to: string, counters: LiveCounter[], preempted = false): void {
    const key = `${from}\n${to}`;
    const known = this.#edges.get(key);
    if (known) known.counters.push(...counters);
    else this.#edges.set(key, { from, to, counters: [...counters], preempted });
  }
}

const foldedId = (chain: Chain): string => `others of ${chain.key}`;
