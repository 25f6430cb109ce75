import assert from 'node:assert/strict';
import { parseRuleset } from '../../../src/core/iptables';
import type { Acceptance, Probe, ProbeResult, Snapshot } from '../../../src/core/model';
import { parsePolicy, type Policy } from '../../../src/core/policy';
import { verdictOf, type Mode } from '../../../src/core/redirect';
import { explainConnection } from '../../../src/core/trace';
import { checksOf, judge, wholeCheck, type Check } from '../../../src/core/verify';
import { NODE_INFO } from './node-info';
import { listener, nft, rulesText, snapshotOf } from './observed';

export const RICH: Policy =
  parsePolicy({
    sidecarGid: 1337,
    interfaceExclusions: ['eth1'],
    inboundPortExclusions: ['9000-9010'],
    outboundPortExclusions: [5432],
    outboundIpRangeExclusions: ['10.1.0.0/16'],
    inboundSourceExclusions: ['10.9.0.0/16'],
  }).policy ?? assert.fail();

const APPLICATION = { port: 8080, uid: 1000 };

export const POD: Partial<Snapshot> = {
  listeners: [
    ...[15001, 15003, 15010, 15901].map((port) => listener('ipv4', port)),
    listener('ipv4', APPLICATION.port, APPLICATION.uid),
  ],
  addresses: [
    { interface: 'lo', index: 1, family: 'ipv4', address: '127.0.0.1', prefix: 8 },
    { interface: 'eth0', index: 2, family: 'ipv4', address: '10.0.0.5', prefix: 24 },
    { interface: 'eth1', index: 3, family: 'ipv4', address: '10.5.0.5', prefix: 24 },
  ],
};

const isOwn = (address: string): boolean => ['127.0.0.1', '10.0.0.5', '10.5.0.5'].includes(address);

/** What the kernel makes of a probe under rules, by the walk of core/trace. */
function madeBy(text: string, policy: Policy, probe: Probe): ProbeResult {
  const [destination = ''] = probe.destinations;
  const away = destination.startsWith('10.5.') ? 'eth1' : 'eth0';
  const { end } = explainConnection({ mode: 'iptables', ruleset: parseRuleset(text) }, policy, {
    direction: probe.from === 'inside' ? 'outbound' : 'inbound',
    uid: probe.uid,
    gid: probe.gid,
    source: probe.source ?? (probe.from === 'inside' ? '10.0.0.5' : '192.0.2.1'),
    sourcePort: 40000,
    destination,
    destinationPort: probe.port,
    interface: probe.from === 'inside' && isOwn(destination) ? 'lo' : away,
    boundInterface: null,
  });
  const asked = { address: destination, port: probe.port };
  const taken = (local: Acceptance['local'], uid: number): ProbeResult => ({
    ...{ id: probe.id, destination, port: probe.port, source: { address: '10.0.0.5', port: 40000 } },
    ...{ outcome: 'established', errno: null, peer: asked },
    accepted: { local, uid, pid: 7, comm: uid === 1500 ? 'pipy' : 'app', originalDestination: asked },
  });
  const untaken = (outcome: ProbeResult['outcome']): ProbeResult => ({
    ...taken(asked, 0),
    ...{ outcome, peer: null, accepted: null },
  });
  if (end.kind === 'sidecar') return taken({ address: '127.0.0.1', port: end.port }, 1500);
  assert.notEqual(end.kind, 'unknown');
  const to = end.kind === 'rewritten' ? { address: end.destination, port: end.port } : asked;
  if (!isOwn(to.address)) return untaken('no-answer');
  const at = snapshotOf(POD).listeners.find(({ port }) => port === to.port);
  return at ? taken(to, at.uid) : untaken('refused');
}

/** All checks of a workload with these rules, by what the walk of core/trace says of their probes. */
export function verify(text: string, policy: Policy, mode: Mode = 'iptables'): Check[] {
  const snapshot = snapshotOf({ ...POD, rulesets: text === '' ? [] : [nft(text)] });
  const verdict = verdictOf(snapshot, policy);
  const scene = { snapshot, policy, verdict, mode };
  const checks = checksOf({ ...scene, tools: NODE_INFO.iptables });
  return [
    wholeCheck(verdict, mode),
    ...checks.map((check) =>
      judge(
        scene,
        check,
        check.probes.map((probe) => madeBy(text, policy, probe)),
      ),
    ),
  ];
}

export const written = (policy: Policy): string =>
  rulesText('ipv4', undefined, policy).replaceAll(/-I OUTPUT \d /g, '-A OUTPUT ');
export const ids = (checks: readonly { id: string }[]): string[] => checks.map(({ id }) => id);
