import type { Duplex } from 'node:stream';
import { createMessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import type { NodeInfo, Workload } from '../../src/core/model';
import { NODE_INFO } from '../unit/core/node-info';
import { snapshotOf } from '../unit/core/observed';

/** A pod of a simulated node. */
export interface SimulatedPod {
  namespace: string;
  name: string;
  uid: string;
  pid: number;
}

/** A node that exists only behind the agent's protocol: pods without processes, redirected by nobody. */
export class SimulatedNode {
  readonly name: string;
  readonly pods: SimulatedPod[];
  readonly #workloads: readonly Workload[];
  readonly #byId: ReadonlyMap<string, Workload>;
  /** How often each verb was asked for. */
  readonly asked = new Map<string, number>();

  constructor(number: number, podCount: number) {
    this.name = `node-${String(number).padStart(3, '0')}`;
    this.pods = Array.from({ length: podCount }, (_, index) => this.#pod(number, index));
    this.#workloads = this.#list();
    this.#byId = new Map(this.#workloads.map((workload) => [workload.id, workload]));
  }

  /** Speaks docs/agent-protocol.md over a stream, as an agent does over its stdin and stdout. */
  serve(stream: Duplex): void {
    const connection = createMessageConnection(
      new StreamMessageReader(stream),
      new StreamMessageWriter(stream),
    );
    const answer = (verb: string, reply: (params: unknown) => unknown): void => {
      connection.onRequest(verb, (params: unknown) => {
        this.asked.set(verb, (this.asked.get(verb) ?? 0) + 1);
        return reply(params);
      });
    };
    answer('initialize', (): NodeInfo => ({ ...NODE_INFO, hostname: this.name }));
    answer('switch/recover', () => ({ recovered: [] }));
    answer('workloads/list', () => ({ workloads: this.#workloads }));
    answer('snapshot', (params) => {
      const { workload: id } = params as { workload: string };
      const workload = this.#byId.get(id);
      return snapshotOf(workload ? { workload } : {});
    });
    connection.listen();
  }

  #pod(node: number, index: number): SimulatedPod {
    const serial = node * 1000 + index;
    return {
      namespace: `team-${index % 5}`,
      name: `pod-${String(serial).padStart(6, '0')}`,
      uid: `00000000-0000-0000-0000-${String(serial).padStart(12, '0')}`,
      pid: 1000 + index,
    };
  }

  #list(): Workload[] {
    const host = { id: 'c1', inode: 1, cookie: '1', name: null, host: true, controlPort: 22, cgroup: null };
    const pods = this.pods.map(({ uid, pid }): Workload => ({
      ...{ id: `c${pid}`, inode: pid, cookie: String(pid), name: null, host: false, controlPort: null },
      ...{ cgroup: `/kubepods/pod${uid}`, processes: [{ pid, uid: 0, comm: 'pause' }], processCount: 1 },
    }));
    return [{ ...host, processes: [{ pid: 1, uid: 0, comm: 'init' }], processCount: 1 }, ...pods];
  }
}
