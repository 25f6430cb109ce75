import assert from 'node:assert/strict';
import { transitionText, renderPolicy } from '../../../src/core/iptables';
import type { Backend, Endpoint, Probe, ProbeResult } from '../../../src/core/model';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import type { World } from '../ebpf/world';
import type { TestAgent } from './harness';

export type Redirection = 'none' | Backend | 'ebpf';

/** Redirects the pod in this mode; at least one process of it must run. */
export async function redirect(world: World, how: Redirection, changes: Partial<Policy>): Promise<void> {
  if (how === 'none') return;
  if (how === 'ebpf') return world.redirect(changes);
  const { id: workload } = await world.agent.workload(world.pod.name);
  for (const family of ['ipv4', 'ipv6'] as const) {
    const wanted = renderPolicy({ ...DEFAULT_POLICY, ...changes }, family, { podAddress: null });
    const text = transitionText({ chains: [], jumps: [] }, wanted) ?? assert.fail('no rules');
    const rules = { workload, family, backend: how, text, waitSeconds: 30 };
    await world.agent.client.request('iptables/restore', rules);
  }
}

/** A probe of a user, by default from inside. */
export function probe(uid: number, to: string, port: number, changes: Partial<Probe> = {}): Probe {
  const destinations = [to];
  return { id: 'probe', from: 'inside', uid, gid: uid, destinations, port, patience: 5000, ...changes };
}

/** The same from a neighbour of the workload. */
export const fromOutside = (to: string, port: number, changes: Partial<Probe> = {}): Probe =>
  probe(0, to, port, { from: 'outside', ...changes });

/** Makes probes of the namespace with this name; gives what became of each. */
export async function probeAll(
  agent: TestAgent,
  name: string,
  probes: readonly Probe[],
): Promise<ProbeResult[]> {
  const { id: workload } = await agent.workload(name);
  const { results } = await agent.client.request('connections/probe', { workload, probes: [...probes] });
  assert.deepEqual(
    results.map(({ id }) => id),
    probes.map(({ id }) => id),
  );
  return results;
}

/** Makes one probe. */
export async function probeOne(agent: TestAgent, name: string, one: Probe): Promise<ProbeResult> {
  return (await probeAll(agent, name, [one]))[0] ?? assert.fail('no result');
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `nowhere`. */
export function nameOf(end: Endpoint | null | undefined): string {
  if (!end) return 'nowhere';
  return end.address.includes(':') ? `[${end.address}]:${end.port}` : `${end.address}:${end.port}`;
}
