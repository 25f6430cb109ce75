import { mapsFromPolicy, type WorkloadFacts } from '../../src/core/ebpf';
import { parseRuleset, renderPolicy, type Ruleset } from '../../src/core/iptables';
import { parseAddress } from '../../src/core/net';
import type { Policy } from '../../src/core/policy';
import { explainConnection, type TraceEnd, type TraceState } from '../../src/core/trace';
import { INTERFACES, isOwn, OWN, POD_ADDRESS, routeOf } from './network';
import { endpoint, unmapped, type Connection, type Outcome } from './outcome';

/** What `explainConnection` says of a connection, by the rules and by the maps of a policy. */
export interface Explained {
  iptables: TraceEnd;
  ebpf: TraceEnd;
}

/** The policy's rules as iptables-save would print them. That it does print them so is tested in test/kernel/redirect. */
function rulesetOf(policy: Policy, family: 'ipv4' | 'ipv6'): Ruleset {
  const { chains, jumps } = renderPolicy(policy, family, { podAddress: POD_ADDRESS });
  const lines = [
    '*nat',
    ...['PREROUTING', 'OUTPUT'].map((name) => `:${name} ACCEPT [0:0]`),
    ...chains.map(({ name }) => `:${name} - [0:0]`),
    ...jumps.map(({ chain, spec }) => `-A ${chain} ${spec}`),
    ...chains.flatMap(({ name, rules }) => rules.map((spec) => `-A ${name} ${spec}`)),
    'COMMIT',
  ];
  return parseRuleset(`${lines.join('\n')}\n`);
}

const SOURCES = { ipv4: OWN.eth0[0], ipv6: OWN.eth0[2] } as const;

/** Says where connections end under a policy without making them. @param facts of the pod in eBPF mode */
export function explainer(policy: Policy, facts: WorkloadFacts): (connection: Connection) => Explained {
  const rules = { ipv4: rulesetOf(policy, 'ipv4'), ipv6: rulesetOf(policy, 'ipv6') };
  const maps = mapsFromPolicy(policy, facts);
  return ({ direction, uid, gid, to, port, from, device }) => {
    const family = parseAddress(to)?.family ?? 'ipv4';
    const end = (state: TraceState): TraceEnd =>
      explainConnection(state, policy, {
        direction,
        uid,
        gid,
        source: from ?? SOURCES[family],
        sourcePort: 40000,
        destination: to,
        destinationPort: port,
        interface: direction === 'outbound' ? outInterface(to, device) : inInterface(to),
        boundInterface: device,
      }).end;
    return {
      iptables: end({ mode: 'iptables', ruleset: rules[family] }),
      ebpf: end({ mode: 'ebpf', maps, interfaces: facts.interfaces }),
    };
  };
}

const outInterface = (to: string, device: string | null): string =>
  isOwn(to) ? 'lo' : (device ?? routeOf(to));

/** The world sends by the interface that has the address. */
const inInterface = (to: string): string =>
  INTERFACES.find((name) => (OWN[name] as readonly string[]).includes(to)) ?? 'eth0';

/** True if what became of a connection is what was said. */
export function isAsExplained(end: TraceEnd, outcome: Outcome, connection: Connection): boolean {
  // Whoever did not listen may have been asked directly or under another name, but it was not the sidecar.
  if ('error' in outcome) return end.kind === 'direct' || end.kind === 'rewritten';
  const { client, server } = outcome;
  const local = unmapped(server.local);
  const asked = unmapped(client.peer);
  switch (end.kind) {
    case 'direct':
      return server.by.endsWith(`:${connection.port}`) && local === asked;
    case 'sidecar':
      return server.by === `sidecar:${end.port}` && [server.original, server.original6].includes(asked);
    case 'rewritten':
      return server.by.endsWith(`:${end.port}`) && local === endpoint(end.destination, end.port);
    case 'refused':
    case 'unknown':
      return false;
  }
}
