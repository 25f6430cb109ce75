import { join } from 'node:path';
import { Playground, type PlaygroundOptions } from '../../../playground/playground';
import type { Pod } from '../../../playground/pod';
import type { NodeInfo } from '../../../src/core/model';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import type { Mode, SavedState } from '../../../src/core/redirect';
import type { Connection } from '../../../src/nodes/node';
import { PROTOCOL } from '../../../src/nodes/agent/protocol';
import { observe, readPolicyMaps, type SwitchRequest } from '../../../src/redirect';
import { TestAgent } from '../agent/harness';

export const OBJECTS = join(import.meta.dirname, '..', '..', '..', 'bpf', 'prebuilt');

/** A playground of its own, and a real agent beside it. */
export class World {
  readonly playground: Playground;
  readonly agent: TestAgent;
  readonly info: NodeInfo;

  private constructor(playground: Playground, agent: TestAgent, info: NodeInfo) {
    this.playground = playground;
    this.agent = agent;
    this.info = info;
  }

  static async start(purpose: string, options: PlaygroundOptions): Promise<World> {
    const playground = await Playground.start({ prefix: `t-core-${purpose}`, ...options });
    const agent = new TestAgent();
    const info = await agent.client.request('initialize', { protocol: PROTOCOL, client: 'test' });
    return new World(playground, agent, info);
  }

  async stop(): Promise<void> {
    await this.agent.stop();
    await this.playground.stop();
  }

  /** A request to switch a pod. */
  request(pod: Pod, to: Mode | SavedState, more: Partial<SwitchRequest> = {}): SwitchRequest {
    return {
      connection: { agent: this.agent.client, info: this.info },
      reconnect: () => this.reconnect(),
      workloadId: pod.workloadId,
      policy: DEFAULT_POLICY,
      to,
      objectsDirectory: OBJECTS,
      holder: 'test@here',
      ...more,
    };
  }

  /** Another connection to the same node: another agent. */
  reconnect(): Promise<Connection> {
    const second = new TestAgent();
    return Promise.resolve({
      agent: second.client,
      info: this.info,
      dispose: () => {
        second.client.dispose();
      },
    });
  }

  /** The table nat of a pod as plain iptables-save prints it, without counters and remarks. */
  async rules(pod: Pod, save = 'iptables-save'): Promise<string> {
    const { stdout } = await pod.run([save, '-t', 'nat']);
    return stdout.replace(/^#.*\n/gm, '').replace(/ \[\d+:\d+\]$/gm, '');
  }

  /** What the maps of the policy hold in a pod, sorted. */
  async maps(pod: Pod): Promise<{ map: string; entries: string[] }[]> {
    const { snapshot } = await this.observe(pod);
    return (await readPolicyMaps(this.agent.client, snapshot)).map(({ map, entries }) => ({
      map,
      entries: entries.map(({ key, value }) => `${key} ${value}`).sort(),
    }));
  }

  async observe(pod: Pod, policy: Policy = DEFAULT_POLICY): ReturnType<typeof observe> {
    return observe(this.agent.client, pod.workloadId, policy);
  }
}
