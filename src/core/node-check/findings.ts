import { REDIRECT_HOOKS, type MissingCode, type NodeInfo } from '../model';
import { isAtLeast } from './kernel';
import { MISSING } from './missing';

/** What the extension's BPF object is, by its manifest; the object was compared with it. */
export interface ObjectFacts {
  file: string;
  sha256: string;
  /** Over the sources that it was compiled from. */
  sourceHash: string;
  /** The oldest kernel that it is made for: `5.17`. */
  kernel: string;
  hooks: string[];
  maps: number;
  /** Bytes that the maps of a workload hold at rest. */
  memory: number;
}

/** All that a node's check goes by. */
export interface NodeFacts {
  info: NodeInfo;
  /** Or why there is none that can be trusted. */
  object: ObjectFacts | { wrong: string; remedy: string };
  /** Whether the node's own namespace has an IPv6 address; null where that is not known. */
  ipv6: boolean | null;
}

/** `missing`: a mode is not possible without it. `note`: something is less than it could be. */
export type FindingStatus = 'ok' | 'note' | 'missing';

export interface Finding {
  what: string;
  status: FindingStatus;
  found: string;
  remedy: string | null;
}

/** Enough of a hash for people to compare. */
const start = (hash: string): string => `${hash.slice(0, 16)}…`;

const ok = (what: string, found: string): Finding => ({ what, status: 'ok', found, remedy: null });

function lacking(info: NodeInfo, code: MissingCode, status: FindingStatus = 'missing'): Finding | null {
  const missing = info.missing.find((one) => one.code === code);
  if (!missing) return null;
  const { title, message, remedy } = MISSING[code];
  return { what: title, status, found: `${message} (${missing.detail})`, remedy };
}

function toolText(info: NodeInfo, family: 'ipv4' | 'ipv6'): string {
  const tools = info.iptables.filter((tool) => tool.family === family);
  return tools
    .map(({ version, backend, isDefault }) => `${version} (${backend}${isDefault ? ', the default' : ''})`)
    .join('; ');
}

function kernelFinding({ info, object }: NodeFacts): Finding {
  if ('wrong' in object || isAtLeast(info.kernel, object.kernel)) return ok('Kernel', `Linux ${info.kernel}`);
  return {
    what: 'Kernel',
    status: 'note',
    found: `Linux ${info.kernel} is older than ${object.kernel}, which the programs of eBPF mode are made for.`,
    remedy: `Use a kernel ${object.kernel} or later where a hook below is not taken.`,
  };
}

function hookFindings({ hooks }: NodeInfo): Finding[] {
  return hooks.map(({ hook, supported, reason }) => {
    const what = `Hook ${hook}`;
    if (supported) return ok(what, 'A program of its kind was loaded.');
    return { what, status: 'missing', found: reason ?? MISSING.hook.message, remedy: MISSING.hook.remedy };
  });
}

function objectFinding(object: NodeFacts['object']): Finding {
  const what = 'BPF object';
  if ('wrong' in object) return { what, status: 'missing', found: object.wrong, remedy: object.remedy };
  const absent = REDIRECT_HOOKS.filter((hook) => !object.hooks.includes(hook));
  if (absent.length > 0) {
    const found = `${object.file} has no program for ${absent.join(', ')}.`;
    return { what, status: 'missing', found, remedy: 'Install the extension again.' };
  }
  const size = `${Math.ceil(object.memory / 1024)} KiB a workload at rest`;
  const content = `${object.hooks.length} programs, ${object.maps} maps, ${size}`;
  return ok(
    what,
    `${object.file} is what its manifest names: ${content}; SHA-256 ${start(object.sha256)}, of its sources ${start(object.sourceHash)}`,
  );
}

function ipv6Finding(ipv6: boolean | null): Finding {
  if (ipv6 !== false)
    return ok('IPv6', ipv6 ? 'on' : 'not looked at: the node’s own namespace is not listed');
  return {
    what: 'IPv6',
    status: 'note',
    found: 'The node itself has no IPv6 address; there is no IPv6 to redirect unless a workload has one.',
    remedy: null,
  };
}

const LOCK = 'xtables lock';

function lockFinding({ conditions }: NodeInfo): Finding {
  if (!conditions.xtablesLocked) return ok(LOCK, 'free');
  return {
    what: LOCK,
    status: 'note',
    found: 'Another process holds /run/xtables.lock; a switch that writes legacy rules waits for it.',
    remedy: 'Look who does, if it lasts: fuser -v /run/xtables.lock.',
  };
}

function lockdownFinding({ conditions: { lockdown } }: NodeInfo): Finding {
  if (lockdown !== 'confidentiality') return ok('Lockdown', lockdown ?? 'not in this kernel');
  return {
    what: 'Lockdown',
    status: 'note',
    found: 'confidentiality: the kernel limits what BPF programs may do. The hooks say what it takes.',
    remedy: 'If a hook is refused, boot with lockdown=integrity.',
  };
}

/** Since Linux 5.11 BPF memory is counted by cgroup. */
function memlockFinding({ conditions: { memlock }, kernel }: NodeInfo): Finding {
  if (memlock === null) return ok('Locked memory', 'no limit');
  const limit = `${Math.floor(memlock / 1024)} KiB`;
  if (isAtLeast(kernel, '5.11'))
    return ok('Locked memory', `${limit}, which this kernel does not apply to BPF`);
  return {
    what: 'Locked memory',
    status: 'note',
    found: `At most ${limit}; this kernel counts BPF maps by it.`,
    remedy: 'Raise RLIMIT_MEMLOCK for the login (limits.conf), or use Linux 5.11 or later.',
  };
}

/** Everything that was looked at on a node, in the order in which it is needed. */
export function nodeFindings(facts: NodeFacts): Finding[] {
  const { info } = facts;
  const bpffs = info.bpffs ?? 'not mounted yet: it is mounted at /sys/fs/bpf with the first switch to eBPF';
  return [
    ok('Architecture', info.arch),
    kernelFinding(facts),
    lacking(info, 'root') ?? ok('Root', `The agent runs as user ${info.uid}.`),
    lacking(info, 'iptables') ?? ok('iptables', toolText(info, 'ipv4')),
    lacking(info, 'ip6tables', 'note') ?? ok('ip6tables', toolText(info, 'ipv6')),
    lockFinding(info),
    ipv6Finding(facts.ipv6),
    lacking(info, 'cgroup2') ?? ok('cgroup v2', info.cgroup2 ?? ''),
    lacking(info, 'bpffs') ?? ok('bpffs', bpffs),
    lacking(info, 'btf') ?? ok('BTF', '/sys/kernel/btf/vmlinux'),
    lockdownFinding(info),
    memlockFinding(info),
    lacking(info, 'netns-cookie') ?? ok(MISSING['netns-cookie'].title, 'SO_NETNS_COOKIE is answered.'),
    ...hookFindings(info),
    objectFinding(facts.object),
  ];
}
