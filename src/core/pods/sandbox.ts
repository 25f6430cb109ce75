import type { Pod } from '../model';

/** A pod with what tells which workload it is. What is not known is null. */
export interface Sandbox {
  readonly pod: Pod;
  /** The process that holds its namespaces. */
  readonly pid: number | null;
  /** The name of its network namespace below /run/netns. */
  readonly netns: string | null;
}
