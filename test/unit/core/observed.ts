import { NOTHING, renderPolicy, transitionText } from '../../../src/core/iptables';
import { REDIRECT_HOOKS, type Family, type RedirectHook, type Snapshot } from '../../../src/core/model';
import { DEFAULT_POLICY } from '../../../src/core/policy';

export function rulesText(
  family: Family,
  change = (text: string): string => text,
  policy = DEFAULT_POLICY,
): string {
  return change(transitionText(NOTHING, renderPolicy(policy, family, { podAddress: null })) ?? '');
}

export const listener = (family: Family, port: number, uid = 1500): Snapshot['listeners'][number] => ({
  family,
  address: family === 'ipv4' ? '0.0.0.0' : '::',
  port,
  uid,
  v6only: family === 'ipv6',
});

export const attachment = (hook: string, pin: string | null): Snapshot['attachments'][number] => ({
  hook,
  target: { kind: 'cgroup', path: '/pod' },
  program: 40 + hook.length,
  link: 7,
  pin,
});

export const pinned = (hook: RedirectHook, workload = 'c5') =>
  attachment(hook, `/sys/fs/bpf/mesh-redirect/${workload}/${hook}`);

export function snapshotOf(parts: Partial<Snapshot>): Snapshot {
  return {
    workload: {
      id: 'c5',
      inode: 1,
      cookie: '5',
      name: 'pod',
      host: false,
      controlPort: null,
      cgroup: '/pod',
      processes: [],
      processCount: 0,
    },
    taken: 0,
    rulesets: [],
    attachments: [],
    programs: [],
    maps: [],
    listeners: [listener('ipv4', 15001), listener('ipv4', 15003)],
    acceleration: null,
    writers: [],
    addresses: [{ interface: 'eth0', index: 2, family: 'ipv4', address: '10.0.0.5', prefix: 24 }],
    ...parts,
  };
}

export const nft = (text: string, family: Family = 'ipv4'): Snapshot['rulesets'][number] => ({
  family,
  backend: 'nft',
  text,
});

export const allHooks = REDIRECT_HOOKS.map((hook) => pinned(hook));

/** What acceleration counts, with nothing counted yet. */
export const ACCELERATION: NonNullable<Snapshot['acceleration']> = {
  ...{ interfaces: 2, open: 0, sockets: 0, messages: 0, bytes: 0 },
  ...{ notRead: 0, full: 0, notSuitable: 0, gone: 0 },
};
