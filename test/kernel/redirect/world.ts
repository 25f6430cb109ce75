import { join } from 'node:path';
import { Playground, type PlaygroundOptions } from '../../../playground/playground';
import type { Pod } from '../../../playground/pod';
import type { NodeInfo } from '../../../src/core/model';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import type { Mode } from '../../../src/core/redirect';
import { PROTOCOL } from '../../../src/nodes/agent/protocol';
import { observe, type SwitchRequest } from '../../../src/redirect';
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

  /** A request to switch a pod, which does not wait long for older connections. */
  request(pod: Pod, mode: Mode, more: Partial<SwitchRequest> = {}): SwitchRequest {
    return {
      connection: { agent: this.agent.client, info: this.info },
      workloadId: pod.workloadId,
      policy: DEFAULT_POLICY,
      mode,
      objectsDirectory: OBJECTS,
      drainLimit: 400,
      ...more,
    };
  }

  async observe(pod: Pod, policy: Policy = DEFAULT_POLICY): ReturnType<typeof observe> {
    return observe(this.agent.client, pod.workloadId, policy);
  }
}
