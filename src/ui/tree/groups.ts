import type { NodeEntry } from '../nodes/node-entry';

/** A row above nodes: a cluster, or all that are reached in the same way. */
export class NodeGroup {
  readonly id: string;
  readonly label: string;
  /** Null where it is no cluster. */
  readonly cluster: string | null;
  nodes: readonly NodeEntry[] = [];

  constructor(id: string, label: string, cluster: string | null) {
    this.id = id;
    this.label = label;
    this.cluster = cluster;
  }
}

const groupOf = ({ node }: NodeEntry): Pick<NodeGroup, 'id' | 'label' | 'cluster'> => {
  const { cluster, kind } = node;
  if (cluster !== undefined) return { id: `cluster:${cluster}`, label: cluster, cluster };
  return kind === 'local'
    ? { id: 'group:local', label: 'This machine', cluster: null }
    : { id: 'group:ssh', label: 'SSH', cluster: null };
};

/** Puts nodes into groups, which are the same objects for as long as they have nodes: the view relies on that. */
export class NodeGroups {
  #groups = new Map<string, NodeGroup>();

  /** What stands at the top: groups; or the nodes themselves, where there is but one group and that is no cluster. */
  top(nodes: readonly NodeEntry[]): readonly (NodeGroup | NodeEntry)[] {
    const groups = this.all(nodes);
    return this.#grouped ? groups : nodes;
  }

  /** Every group of these nodes, in the nodes' order. */
  all(nodes: readonly NodeEntry[]): readonly NodeGroup[] {
    const groups = new Map<string, NodeGroup>();
    const members = new Map<NodeGroup, NodeEntry[]>();
    for (const node of nodes) {
      const { id, label, cluster } = groupOf(node);
      const group = groups.get(id) ?? this.#groups.get(id) ?? new NodeGroup(id, label, cluster);
      groups.set(id, group);
      members.set(group, [...(members.get(group) ?? []), node]);
    }
    for (const [group, list] of members) group.nodes = list;
    this.#groups = groups;
    return [...groups.values()];
  }

  /** The group that a node stands under, as it was put by `top`; undefined where it stands at the top. */
  parent(node: NodeEntry): NodeGroup | undefined {
    return this.#grouped ? this.#groups.get(groupOf(node).id) : undefined;
  }

  get #grouped(): boolean {
    const [first] = this.#groups.values();
    return this.#groups.size > 1 || (first?.cluster ?? null) !== null;
  }
}
