import { mapsFromPolicy } from '../../../src/core/ebpf';
import {
  NOTHING,
  parseRuleset,
  redirectionIn,
  renderPolicy,
  transitionText,
} from '../../../src/core/iptables';
import { REDIRECT_HOOKS, type Backend, type Family, type Snapshot } from '../../../src/core/model';
import type { Policy } from '../../../src/core/policy';
import { ANSWERING_HOOKS, REDIRECTING_HOOKS } from '../../../src/core/redirect';
import { policyForMaps, ruleFacts, workloadFacts } from '../../../src/core/redirect/families';
import type { TestAgent } from '../agent/harness';
import { loadRedirect } from '../agent/redirect-object';

/** Puts a workload into a mode by single requests: no plan, nothing that waits, nothing that takes back. */
export class Modes {
  readonly #agent: TestAgent;
  readonly #workload: string;

  constructor(agent: TestAgent, workload: string) {
    this.#agent = agent;
    this.#workload = workload;
  }

  snapshot(): Promise<Snapshot> {
    return this.#agent.client.request('snapshot', { workload: this.#workload });
  }

  /** One transaction of `iptables-restore`. */
  async restore(family: Family, backend: Backend, text: string | null): Promise<void> {
    const params = { workload: this.#workload, family, backend, waitSeconds: 10 };
    if (text !== null) await this.#agent.client.request('iptables/restore', { ...params, text });
  }

  async iptables(policy: Policy, backend: Backend): Promise<void> {
    const snapshot = await this.snapshot();
    for (const family of ['ipv4', 'ipv6'] as const) {
      const wanted = renderPolicy(policy, family, ruleFacts(snapshot));
      await this.restore(family, backend, transitionText(NOTHING, wanted));
    }
  }

  async ebpf(policy: Policy): Promise<void> {
    const workload = this.#workload;
    const snapshot = await this.snapshot();
    const contents = mapsFromPolicy(policyForMaps(snapshot, policy), workloadFacts(snapshot, policy));
    const { load, map } = await loadRedirect(this.#agent, workload, contents);
    const { client } = this.#agent;
    await client.request('bpf/attach', { workload, load, programs: [...ANSWERING_HOOKS] });
    await client.request('listeners/adopt', {
      ...{ workload, map: map('listeners'), port: policy.inboundPort, slots: { first: 0, count: 16 } },
    });
    await client.request('bpf/attach', { workload, load, programs: [...REDIRECTING_HOOKS] });
  }

  /** Takes away whatever redirects, ours or FSM's. */
  async none(): Promise<void> {
    const { rulesets } = await this.snapshot();
    for (const { family, backend, text } of rulesets) {
      await this.restore(family, backend, transitionText(redirectionIn(parseRuleset(text)), NOTHING));
    }
    const params = { workload: this.#workload, hooks: [...REDIRECT_HOOKS] };
    await this.#agent.client.request('bpf/detach', params);
  }
}
