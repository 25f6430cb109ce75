import type { NodeInfo, Snapshot } from '../model';
import type { Policy } from '../policy';
import { takesIpv6 } from './families';
import type { Mode } from './verdict';

function ipv6Notice(snapshot: Snapshot, node: NodeInfo, policy: Policy, mode: Mode): string[] {
  const used = snapshot.addresses.some(({ family, address }) => family === 'ipv6' && address !== '::1');
  if (!takesIpv6(snapshot, policy)) {
    return used ? ['IPv6 connections are not redirected: the sidecar does not listen for them.'] : [];
  }
  const tool = node.iptables.some(({ family, isDefault }) => family === 'ipv6' && isDefault);
  return mode === 'iptables' && !tool
    ? ['IPv6 connections are not redirected: the node has no ip6tables.']
    : [];
}

function ebpfNotices(snapshot: Snapshot, policy: Policy): string[] {
  const notices: string[] = [];
  if (policy.interfaceExclusions.length > 0) {
    notices.push(
      'eBPF mode decides before a route is chosen: outbound, an excluded interface counts only for sockets bound to it.',
    );
  }
  if (snapshot.workload.cgroup === null) {
    notices.push(
      'The workload shares its cgroup: the programs are attached at the root of cgroup v2 and act in its namespace only.',
    );
  }
  return notices;
}

function userNotice(snapshot: Snapshot, policy: Policy): string[] {
  const own = new Set([policy.inboundPort, policy.outboundPort, policy.adminPort]);
  const bypass = (port: number): boolean =>
    policy.bypassPorts.some(({ first, last }) => first <= port && port <= last);
  const others = snapshot.listeners.filter(
    ({ uid, port }) => uid === policy.sidecarUid && !own.has(port) && !bypass(port),
  );
  return others.length === 0
    ? []
    : [
        `Port ${others.map(({ port }) => port).join(', ')} is served by the sidecar’s user ${policy.sidecarUid}; if that is an application, its outbound connections are not redirected.`,
      ];
}

/** Whose group a listener has, the kernel does not tell. */
function groupNotice(snapshot: Snapshot, policy: Policy): string[] {
  const { sidecarGid, sidecarUid } = policy;
  if (sidecarGid === null) return [];
  const others = [policy.inboundPort, policy.outboundPort].flatMap((port) => {
    const users = snapshot.listeners.filter((listener) => listener.port === port).map(({ uid }) => uid);
    const [first] = users;
    return first === undefined || users.includes(sidecarUid) ? [] : [`port ${port} (user ${first})`];
  });
  return others.length === 0
    ? []
    : [
        `Not the sidecar’s user ${sidecarUid} listens on ${others.join(' and ')}: make sure that it is in group ${sidecarGid}, or its own connections would come back to it.`,
      ];
}

/** What a person should know before a switch, though nothing speaks against it. */
export function noticesOf(snapshot: Snapshot, node: NodeInfo, policy: Policy, mode: Mode): string[] {
  if (mode === 'none') return [];
  return [
    ...ipv6Notice(snapshot, node, policy, mode),
    ...(mode === 'ebpf' ? ebpfNotices(snapshot, policy) : []),
    ...userNotice(snapshot, policy),
    ...groupNotice(snapshot, policy),
  ];
}
