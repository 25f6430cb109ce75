import type { Pod, Workload } from '../../core/model';
import { matchPods } from '../../core/pods';
import type { CommandLog, Connection } from '../../nodes/node';
import { explain } from '../errors';

/**
 * Which workloads of a node are pods. The node's container runtime is asked only while there is a workload of which that is
 * not known: it is slow beside the agent.
 */
export class PodFinder {
  readonly #log: CommandLog;
  readonly #node: string;
  #pods = new Map<string, Pod>();
  #asked = '';
  #connection: Connection | null = null;

  constructor(node: string, log: CommandLog) {
    this.#node = node;
    this.#log = log;
  }

  /** The pods by the ids of the workloads. Never rejects: without them workloads have other names. */
  async find(connection: Connection, workloads: readonly Workload[]): Promise<ReadonlyMap<string, Pod>> {
    if (this.#connection !== connection) {
      this.#connection = connection;
      this.#asked = '';
    }
    const present = new Set(workloads.map(({ id }) => id));
    this.#pods = new Map([...this.#pods].filter(([id]) => present.has(id)));
    const open = workloads.filter(({ id, host }) => !host && !this.#pods.has(id));
    // A namespace is there before the pod's first process is, and told of after it.
    const question = JSON.stringify(open.map(({ id, name, processes }) => [id, name, processes[0]?.pid]));
    if (open.length === 0 || question === this.#asked) return this.#pods;
    try {
      const sandboxes = await connection.pods(new AbortController().signal);
      for (const [id, pod] of matchPods(open, sandboxes ?? [])) this.#pods.set(id, pod);
      this.#asked = question;
    } catch (error) {
      const text = `The pods are not known: ${explain(error).message}`;
      this.#log.message({ node: this.#node, level: 'warn', text });
    }
    return this.#pods;
  }
}
