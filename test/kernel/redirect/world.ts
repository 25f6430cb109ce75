import { join } from 'node:path';
import { Playground, type PlaygroundOptions } from '../../../playground/playground';
import type { Pod } from '../../../playground/pod';
import type { Backend, NodeInfo } from '../../../src/core/model';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import type { Mode, SavedState } from '../../../src/core/redirect';
import type { Connection } from '../../../src/nodes/node';
import { PROTOCOL } from '../../../src/nodes/agent/protocol';
import { observe, readPolicyMaps, type SwitchRequest } from '../../../src/redirect';
import { TestAgent } from '../agent/harness';

export const OBJECTS = join(import.meta.dirname, '..', '..', '..', 'bpf', 'prebuilt');

/** The node as it is where its plain `iptables` means this back-end. */
export const writingTo = (info: NodeInfo, backend: Backend): NodeInfo => ({
  ...info,
  iptables: info.iptables.map((tool) => ({ ...tool, isDefault: tool.backend === backend })),
});

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

  /** @param options `iptables`: the back-end that the node's plain `iptables` is taken to mean */
  static async start(purpose: string, options: PlaygroundOptions & { iptables?: Backend }): Promise<World> {
    const playground = await Playground.start({ prefix: `t-core-${purpose}`, ...options });
    const agent = new TestAgent();
    const found = await agent.client.request('initialize', { protocol: PROTOCOL, client: 'test' });
    const info = options.iptables === undefined ? found : writingTo(found, options.iptables);
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
  reconnect(argv?: readonly string[]): Promise<Connection> {
    const second = new TestAgent(argv);
    return Promise.resolve({
      agent: second.client,
      info: this.info,
      readOnly: false,
      pods: () => Promise.resolve(null),
      byHand: () => ({ file: 'sh', args: [] }),
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
