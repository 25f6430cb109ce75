import * as fc from 'fast-check';
import { parseRange, rangeText } from '../../src/core/net';
import { parsePolicy, type Policy } from '../../src/core/policy';

/** Ports that are served in the pod and outside: those that policies draw from, and the reserved ones. */
export const PORTS = [
  ...[1, 22, 80, 443, 8000, 8001, 8002, 8003, 8007, 8008, 8009, 8015, 8016, 8031, 8032, 9000, 65534, 65535],
  ...[15000, 15001, 15002, 15003, 15004, 15009, 15010, 15011, 15900, 15901, 15904, 15905],
];

/** The group that policies name, where they name one. */
export const SIDECAR_GROUP = 1337;

const PREFIXES = {
  ipv4: [0, 1, 8, 15, 16, 17, 21, 22, 23, 24, 25, 26, 28, 30, 31, 32],
  ipv6: [0, 1, 8, 16, 17, 32, 63, 64, 65, 96, 112, 120, 124, 126, 127, 128],
} as const;

/** Those of the pod, of its network, and of loopback, where rules of their own apply. */
const SPECIAL_RANGES = {
  ipv4: ['10.88.0.1', '10.88.0.0/24', '10.88.0.2', '127.0.0.0/8', '127.0.0.2', '10.60.0.0/16', '10.50.0.9'],
  ipv6: ['fd88::1', 'fd88::/64', 'fd88::2', '::1', 'fd60::/16', 'fd50::9'],
} as const;

/** The range that an address with host bits lies in. */
function rangeAround(address: string, prefix: number): string {
  const range = parseRange(`${address}/${prefix}`);
  if (!('fault' in range)) return rangeText(range);
  if (range.fault === 'host-bits') return rangeText(range.base);
  throw new RangeError(`${address}/${prefix}: ${range.fault}`);
}

/** Few networks and hosts, so that ranges overlap, contain and touch each other. */
const hosts4 = fc
  .tuple(fc.constantFrom(50, 60), fc.nat(3), fc.constantFrom(0, 1, 9, 127, 128, 255))
  .map(([network, subnet, host]) => `10.${network}.${subnet}.${host}`);
const hosts6 = fc
  .tuple(fc.constantFrom('fd50', 'fd60'), fc.nat(3), fc.constantFrom('0', '1', '9', 'ff', '8000', 'ffff'))
  .map(([network, subnet, host]) => `${network}:0:0:${subnet}::${host}`);

const ranges = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(hosts4, fc.constantFrom(...PREFIXES.ipv4)).map((pair) => rangeAround(...pair)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(hosts6, fc.constantFrom(...PREFIXES.ipv6)).map((pair) => rangeAround(...pair)),
  },
  { weight: 1, arbitrary: fc.constantFrom<string>(...SPECIAL_RANGES.ipv4) },
  { weight: 1, arbitrary: fc.constantFrom<string>(...SPECIAL_RANGES.ipv6) },
);

const onePort = fc.constantFrom(...PORTS).map(String);
const portRange = fc
  .tuple(fc.constantFrom(...PORTS), fc.constantFrom(...PORTS))
  .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
const ports = fc.oneof({ weight: 6, arbitrary: onePort }, { weight: 1, arbitrary: portRange });

/** Every second port, so that none are joined: more than `multiport` takes in one rule. */
const manyPorts = fc
  .integer({ min: 16, max: 40 })
  .map((count) => Array.from({ length: count }, (_, n) => `${8001 + 2 * n}`));
const portLists = fc.oneof(
  { weight: 6, arbitrary: fc.array(ports, { maxLength: 4 }) },
  { weight: 1, arbitrary: manyPorts },
);

const interfaces = fc.oneof(
  { weight: 1, arbitrary: fc.constant<string[]>([]) },
  { weight: 1, arbitrary: fc.constantFrom<string[]>(['eth1'], ['eth0'], ['eth+'], ['eth1+', 'absent0']) },
);

/** As a person writes it in a file; `parsePolicy` reads it. */
export type Settings = Partial<Record<keyof Policy, string[] | boolean | number>>;

/** Any policy that the checks let pass. Shrinks to FSM's defaults. */
export const policySettings: fc.Arbitrary<Settings> = fc
  .record(
    {
      bypassPorts: fc.array(ports, { maxLength: 3 }),
      controlPorts: fc.array(ports, { maxLength: 2 }),
      inboundPortExclusions: portLists,
      outboundPortExclusions: portLists,
      inboundPortInclusions: portLists,
      outboundIpRangeExclusions: fc.array(ranges, { maxLength: 4 }),
      outboundIpRangeInclusions: fc.array(ranges, { maxLength: 4 }),
      inboundSourceExclusions: fc.array(ranges, { maxLength: 4 }),
      interfaceExclusions: interfaces,
      podIpMode: fc.constant(true),
      sidecarGid: fc.constant(SIDECAR_GROUP),
    },
    { requiredKeys: [] },
  )
  .filter((settings) => parsePolicy(settings).policy !== null);
