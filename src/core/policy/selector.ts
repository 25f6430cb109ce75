import { matchesWildcards } from '../wildcards';

/** A workload, as selectors name it. */
export interface Subject {
  /** `ssh:root@10.0.0.1:22`, and the label it is shown under. */
  node: { id: string; label: string };
  /** The workload's label. */
  workload: string;
  /** The pod that it is, as its node tells of it. */
  pod?: { name: string; annotations: Readonly<Record<string, string>> } | null;
}

/** Which workloads something is for. Patterns with `*` and `?`; null: all. */
export interface Selector {
  node: string | null;
  workload: string | null;
}

export const EVERY: Selector = { node: null, workload: null };

export function selects({ node, workload }: Selector, subject: Subject): boolean {
  return (
    (node === null ||
      matchesWildcards(node, subject.node.id) ||
      matchesWildcards(node, subject.node.label)) &&
    (workload === null ||
      matchesWildcards(workload, subject.workload) ||
      (subject.pod ? matchesWildcards(workload, subject.pod.name) : false))
  );
}

/** The more precise comes later, and so wins. */
export const precision = ({ node, workload }: Selector): number =>
  (workload === null ? 0 : 2) + (node === null ? 0 : 1);

export function selectorText({ node, workload }: Selector): string {
  const parts = [node && `node ${node}`, workload && `workload ${workload}`].filter((part) => part !== null);
  return parts.length === 0 ? 'every workload' : parts.join(', ');
}
