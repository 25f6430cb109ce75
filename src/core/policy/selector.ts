/** A workload, as selectors name it. */
export interface Subject {
  /** `ssh:root@10.0.0.1:22`, and the label it is shown under. */
  node: { id: string; label: string };
  /** The workload's label. */
  workload: string;
}

/** Which workloads something is for. Patterns with `*` and `?`; null: all. */
export interface Selector {
  node: string | null;
  workload: string | null;
}

export const EVERY: Selector = { node: null, workload: null };

/** Matches with `*` and `?`, in time bounded by the product of the lengths: patterns come from files. */
function matches(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  let star: { next: number; taken: number } | null = null;
  while (t < text.length) {
    if (pattern[p] === '*') {
      p += 1;
      star = { next: p, taken: t };
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star) {
      // The last star takes one more; an earlier one need not take another.
      star.taken += 1;
      p = star.next;
      t = star.taken;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}

export function selects({ node, workload }: Selector, subject: Subject): boolean {
  return (
    (node === null || matches(node, subject.node.id) || matches(node, subject.node.label)) &&
    (workload === null || matches(workload, subject.workload))
  );
}

/** The more precise comes later, and so wins. */
export const precision = ({ node, workload }: Selector): number =>
  (workload === null ? 0 : 2) + (node === null ? 0 : 1);

export function selectorText({ node, workload }: Selector): string {
  const parts = [node && `node ${node}`, workload && `workload ${workload}`].filter((part) => part !== null);
  return parts.length === 0 ? 'every workload' : parts.join(', ');
}
