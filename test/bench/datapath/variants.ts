import type { Playground } from '../../../playground/playground';
import type { Pod } from '../../../playground/pod';
import { parseRange, type IpRange } from '../../../src/core/net';
import { DEFAULT_POLICY, type Policy } from '../../../src/core/policy';
import { attachIdleHooks } from '../../bpf/idle-hooks';
import { attachNaiveSockmap, removeNaiveSockmap } from '../../bpf/naive-sockmap';
import { excludedRanges, type Backend } from './rules';

/** Where the load's server listens that is asked. One port: explicit sidecars have one upstream each. */
export const SERVER_PORT = 8101;

/** What the extension does with a pod. */
export interface Ways {
  /** Switches it to eBPF mode under this policy. */
  toEbpf(pod: Pod, policy: Policy): Promise<unknown>;
  /** Turns on acceleration. */
  accelerate(pod: Pod): Promise<unknown>;
}

/** One way in which connections come to the sidecars. All else is the same in every variant. */
export interface Variant {
  /** Also part of its namespaces' names. */
  name: string;
  title: string;
  /** Where the application connects instead of to the server. */
  via?: string;
  /** Which iptables the pods' rules are of, its own and somebody else's. */
  backend: Backend;
  /** Makes it so, in both pods. */
  redirect(playground: Playground, ways: Ways): Promise<void>;
  /** Has both pods exclude so many ranges, none of which the bench connects to. */
  exclude(pods: readonly Pod[], count: number, ways: Ways): Promise<void>;
  /** Takes away what does not go with the pods. */
  clear?(): void;
}

/** Each sidecar is told once who comes next; of these connections the kernel knows no other destination. */
const EXPLICIT = {
  name: 'explicit',
  title: 'explicit sidecars',
  via: `127.0.0.1:${DEFAULT_POLICY.outboundPort}`,
  backend: 'nft',
  async redirect({ client, server }: Playground) {
    for (const { sidecar } of [client, server]) await sidecar.stop();
    await client.sidecar.start({ outbound: `${server.address}:${DEFAULT_POLICY.inboundPort}` });
    await server.sidecar.start({ inbound: `127.0.0.1:${SERVER_PORT}` });
  },
  exclude: () => Promise.resolve(),
} satisfies Variant;

function byRulesOf(backend: Backend): Variant {
  return {
    name: backend,
    title: `iptables (${backend})`,
    backend,
    async redirect({ pods }) {
      for (const pod of pods) await pod.redirectAsFsm(backend);
    },
    async exclude(pods, count) {
      for (const pod of pods) await pod.excludeAsFsm(excludedRanges(count), backend);
    },
  };
}

const EBPF = {
  name: 'ebpf',
  title: 'eBPF',
  backend: 'nft',
  async redirect({ pods }, ways) {
    for (const pod of pods) await ways.toEbpf(pod, DEFAULT_POLICY);
  },
  async exclude(pods, count, ways) {
    const outboundIpRangeExclusions = excludedRanges(count).map((range) => parseRange(range) as IpRange);
    for (const pod of pods) await ways.toEbpf(pod, { ...DEFAULT_POLICY, outboundIpRangeExclusions });
  },
} satisfies Variant;

const ACCELERATED: Variant = {
  ...EBPF,
  name: 'accelerated',
  title: 'eBPF, accelerated',
  async redirect(playground, ways) {
    await EBPF.redirect(playground, ways);
    for (const pod of playground.pods) await ways.accelerate(pod);
  },
};

/** Explicit sidecars, with programs in both pods' cgroups. */
function explicitWith(
  attach: (...cgroups: string[]) => void,
  what: Pick<Variant, 'name' | 'title' | 'clear'>,
): Variant {
  return {
    ...EXPLICIT,
    ...what,
    async redirect(playground) {
      await EXPLICIT.redirect(playground);
      attach(...playground.pods.map(({ cgroup }) => cgroup.directory));
    },
  };
}

/**
 * What cannot be beaten, beside explicit sidecars: hooks whose programs do nothing, for what redirects by eBPF, and a sockhash
 * without any guard, for what accelerates. Measured when asked for; clang has to be there.
 */
export const LIMITS: readonly Variant[] = [
  explicitWith(attachIdleHooks, { name: 'idle-hooks', title: 'idle hooks' }),
  explicitWith(attachNaiveSockmap, {
    ...{ name: 'naive-sockmap', title: 'naive sockmap' },
    clear: removeNaiveSockmap,
  }),
];

/** What every other variant is compared with comes first. */
export const VARIANTS: readonly Variant[] = [
  EXPLICIT,
  byRulesOf('nft'),
  byRulesOf('legacy'),
  EBPF,
  ACCELERATED,
];
