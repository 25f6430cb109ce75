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
  /** What was asked for before the workloads were known. */
  #ahead: ReturnType<Connection['pods']> | null = null;

  constructor(node: string, log: CommandLog) {
    this.#node = node;
    this.#log = log;
  }

  /** Over a new connection, asks the runtime at once: beside the list of workloads, and not after it. */
  begin(connection: Connection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    this.#asked = '';
    this.#ahead = connection.pods(new AbortController().signal);
    // How it fails, `find` tells.
    this.#ahead.catch(() => undefined);
  }

  /** The pods by the ids of the workloads. Never rejects: without them workloads have other names. */
  async find(connection: Connection, workloads: readonly Workload[]): Promise<ReadonlyMap<string, Pod>> {
    this.begin(connection);
    const ahead = this.#ahead;
    this.#ahead = null;
    const present = new Set(workloads.map(({ id }) => id));
    this.#pods = new Map([...this.#pods].filter(([id]) => present.has(id)));
    const open = workloads.filter(({ id, host }) => !host && !this.#pods.has(id));
    // A namespace is there before the pod's first process is, and told of after it.
    const question = JSON.stringify(open.map(({ id, name, processes }) => [id, name, processes[0]?.pid]));
    if (open.length === 0 || question === this.#asked) return this.#pods;
    try {
      const sandboxes = await (ahead ?? connection.pods(new AbortController().signal));
      for (const [id, pod] of matchPods(open, sandboxes ?? [])) this.#pods.set(id, pod);
      // A pod may have come between that answer and the list.
      if (ahead === null) this.#asked = question;
    } catch (error) {
      const text = `The pods are not known: ${explain(error).message}`;
      this.#log.message({ node: this.#node, level: 'warn', text });
    }
    return this.#pods;
  }
}
