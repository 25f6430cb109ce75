import type { ProgramView } from '../../src/protocol/inspector';
import type { LiveCounter } from '../model/live-counter';
import type { Chain, Ruleset, Table } from '../model/rulesets';

export type Lane = 'outbound' | 'inbound';

/** Something that a connection passes. */
export interface PathNode {
  id: string;
  kind: 'end' | 'hook' | 'chain' | 'folded' | 'group';
  label: string;
  /** A second line: which table, whose program. */
  about: string;
  /** Why it decides nothing although it is there; null if it does. */
  preempted: string | null;
  /** Why nobody can say whether it comes before or after the next one; null if its place is known. */
  unordered: string | null;
  /** Where a click leads. */
  to: PathLink | null;
  /** Of a `group`: the chains that are listed in it. */
  members: readonly Chain[];
}

export type PathLink = { chain: Chain } | { program: number } | { toggle: string };

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
  /** What our hooks count, by name (src/core/ebpf/layout.ts). They count both families together. */
  hookCounters: ReadonlyMap<string, LiveCounter>;
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

/** What our hooks count: of those that lead to the sidecar, and of those that pass. */
const COUNTED: Record<string, { redirected: string[]; passed: string[] }> = {
  connect4: { redirected: ['connect redirected', 'connect to own pod'], passed: ['connect passed'] },
  connect6: { redirected: ['connect redirected', 'connect to own pod'], passed: ['connect passed'] },
  sk_lookup: { redirected: ['inbound steered'], passed: ['inbound passed'] },
};

const nodeOf = (
  node: Pick<PathNode, 'id' | 'kind' | 'label' | 'about' | 'to'> & Partial<PathNode>,
): PathNode => ({ preempted: null, unordered: null, members: [], ...node });

const END = (id: string): PathNode => nodeOf({ id, kind: 'end', label: id, about: '', to: null });

/** Builds the picture of one direction: the way itself, and what it branches off to. */
export function pathModel(lane: Lane, facts: PathFacts): PathModel {
  return new Builder(lane, facts).build();
}

class Builder {
  readonly #lane: Lane;
  readonly #facts: PathFacts;
  readonly #nodes = new Map<string, PathNode>();
  /** What passed the latest stop, if that counts it. */
  #passed: LiveCounter[] = [];
  readonly #edges = new Map<string, PathEdge>();

  constructor(lane: Lane, facts: PathFacts) {
    this.#lane = lane;
    this.#facts = facts;
  }

  build(): PathModel {
    const { start, end, stops } = WAYS[this.#lane];
    this.#node(END(start));
    let before = start;
    for (const stop of stops)
      before = 'hook' in stop ? this.#hooks(stop.hook, before) : this.#chains(stop.chain, before);
    this.#node(END(end));
    this.#on(before, end);
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
      const about = program.ours ? 'eBPF, ours' : `eBPF, ${program.name}`;
      this.#node(nodeOf({ id, kind: 'hook', label: name, about, preempted, to: { program: program.id } }));
      this.#on(before, id);
      const counted = program.ours ? COUNTED[name] : undefined;
      if (counted) {
        this.#toSidecar(id, this.#counters(counted.redirected), preempted !== null);
        this.#passed = this.#counters(counted.passed);
      }
      before = id;
    }
    return before;
  }

  /** The sidecar asks for the original destination: no part of the way, and yet of what is attached to it. */
  #answers(): void {
    for (const { id, ours, order } of this.#facts.programs.filter(({ hook }) => hook === 'getsockopt')) {
      const node = `getsockopt ${order}`;
      const about = ours ? 'answers SO_ORIGINAL_DST' : 'eBPF, not ours';
      this.#node(
        nodeOf({
          ...{ id: node, kind: 'hook', label: 'getsockopt', about, to: { program: id } },
        }),
      );
      this.#edge('sidecar', node, ours ? this.#counters(['original destination answered']) : []);
    }
  }

  #chains(builtin: string, before: string): string {
    const tables = this.#facts.rulesets
      .filter(({ view }) => view.family === this.#facts.family)
      .flatMap((ruleset) => ruleset.tables)
      .sort((a, b) => TABLES.indexOf(a.name) - TABLES.indexOf(b.name));
    for (const table of tables) {
      const chain = table.chainsByName.get(builtin);
      if (!chain || chain.rules.length === 0) continue;
      this.#chain(chain, { unordered: unorderedIn(builtin, table, tables) });
      this.#on(before, chain.key);
      this.#below(chain, this.#outboundByHook(table));
      before = chain.key;
    }
    return before;
  }

  #chain(chain: Chain, standing: Pick<Partial<PathNode>, 'preempted' | 'unordered'>): void {
    const { key, view, table } = chain;
    const about = `${table.name}, ${table.ruleset.view.backend}`;
    this.#node(nodeOf({ id: key, kind: 'chain', label: view.name, about, to: { chain }, ...standing }));
  }

  /** Where the rules of a chain lead: chains that redirect by name, the others as one node, and the sidecar. */
  #below(chain: Chain, preempted: string | null): void {
    const others = new Map<string, { chain: Chain; counters: LiveCounter[] }>();
    for (const { view, counter } of chain.rules) {
      const target = / -[jg] (\S+)/.exec(` ${view.text}`)?.[1] ?? '';
      if (target === 'REDIRECT' || target === 'TPROXY')
        this.#toSidecar(chain.key, [counter], preempted !== null);
      const next = chain.table.chainsByName.get(target);
      if (!next) continue;
      if (next.view.redirects) {
        const isNew = !this.#nodes.has(next.key);
        this.#chain(next, { preempted });
        this.#edge(chain.key, next.key, [counter], preempted !== null);
        if (isNew) this.#below(next, preempted);
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
    const alone = others.length === 1 && first ? first.chain : null;
    const isOpen = alone === null && this.#facts.unfolded.has(id);
    this.#node(
      nodeOf({
        ...{ id, kind: isOpen ? 'group' : 'folded' },
        label: alone ? alone.view.name : `${others.length} other chains`,
        about: 'not of the redirection',
        to: alone ? { chain: alone } : { toggle: id },
        members: isOpen ? others.map((other) => other.chain) : [],
      }),
    );
    this.#edge(
      chain.key,
      id,
      others.flatMap(({ counters }) => counters),
    );
  }

  #toSidecar(from: string, counters: LiveCounter[], preempted = false): void {
    this.#node(END('sidecar'));
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

  /** On along the way itself. */
  #on(from: string, to: string): void {
    this.#edge(from, to, this.#passed);
    this.#passed = [];
  }

  #counters(names: readonly string[]): LiveCounter[] {
    return names.flatMap((name) => this.#facts.hookCounters.get(name) ?? []);
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

/** Rules that send a connection elsewhere. */
const TRANSLATES = /-j (REDIRECT|DNAT)\b/;

const translates = ({ chains }: Table): boolean =>
  chains.some(({ rules }) => rules.some(({ view }) => TRANSLATES.test(view.text)));

/**
 * Why the place of a built-in chain is not known: both back-ends have one there that may translate. The first that does is the last
 * that is asked, and which one that would be the kernel does not tell (`endOfRules` of src/core/trace).
 */
function unorderedIn(builtin: string, table: Table, tables: readonly Table[]): string | null {
  const same = tables.filter(
    ({ name, chainsByName }) => name === table.name && (chainsByName.get(builtin)?.rules.length ?? 0) > 0,
  );
  return table.name === 'nat' && same.length > 1 && same.every(translates)
    ? `${builtin} of nat is there in both back-ends. The kernel does not tell which one it asks first; once one has translated a connection, the other is not asked.`
    : null;
}

const foldedId = (chain: Chain): string => `others of ${chain.key}`;
