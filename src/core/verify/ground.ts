import type { Family, InterfaceAddress, Snapshot } from '../model';
import {
  addressesIn,
  containsAddress,
  hasPort,
  isLoopback,
  otherPorts,
  parseAddress,
  port,
  rangeAround,
  type IpRange,
  type PortRange,
} from '../net';
import type { Policy } from '../policy';
import { serves } from '../redirect';

/** Networks for documentation (RFC 5737, 3849): nobody is there, so that a sidecar's own connection waits. */
const NOWHERE: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['192.0.2.170', '198.51.100.170', '203.0.113.170'],
  ipv6: ['2001:db8::aaaa', '2001:db8:5555::5555'],
};

/** Whom a probe from outside can come from, where who it otherwise comes from is excluded. */
const NEIGHBOURS: Readonly<Record<Family, readonly string[]>> = {
  ipv4: ['192.0.2.77', '198.51.100.77', '203.0.113.77'],
  ipv6: ['2001:db8::77', '2001:db8:5555::77'],
};

export const isNowhere = (address: string): boolean =>
  Object.values(NOWHERE).some((addresses) => addresses.includes(address));

/** Ports that probes ask for if no clause speaks of them. */
const PORTS = [80, 8080, 443, 9090, 20080];

const NOBODY = 65534;
const NOBODY_ELSE = 65533;

const isIn = (ranges: readonly IpRange[], address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed !== null && ranges.some((range) => containsAddress(range, parsed));
};

/** What an interface name of the policy means: `eth1`, or `eth+` for all that begin so. */
const matches = (pattern: string, name: string): boolean =>
  pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;

/** A workload's network in one family, and where in it the clauses of its policy can be tried. */
export class Ground {
  readonly family: Family;
  readonly policy: Policy;
  readonly #snapshot: Snapshot;

  constructor(family: Family, policy: Policy, snapshot: Snapshot) {
    this.family = family;
    this.policy = policy;
    this.#snapshot = snapshot;
  }

  /** A user and a group that are not the sidecar's. */
  get application(): { uid: number; gid: number } {
    const { sidecarUid, sidecarGid } = this.policy;
    return {
      uid: sidecarUid === NOBODY ? NOBODY_ELSE : NOBODY,
      gid: sidecarGid === NOBODY ? NOBODY_ELSE : NOBODY,
    };
  }

  get loopback(): string {
    return this.family === 'ipv4' ? '127.0.0.1' : '::1';
  }

  /** The workload's own addresses at which others reach it. */
  get own(): string[] {
    return this.#interfaces().map(({ address }) => address);
  }

  /** The ranges of a list that are of this family. */
  ranges(list: readonly IpRange[]): IpRange[] {
    return list.filter(({ family }) => family === this.family);
  }

  /** A port that no list names, for connections out of the workload; null where the lists name all. */
  outboundPort(): number | null {
    return this.#unnamed(PORTS, this.policy.outboundPortExclusions, []);
  }

  /** A port that no list names, best one that an application serves, within these ports if there are any. */
  inboundPort(within: readonly PortRange[]): number | null {
    return this.#unnamed([...this.#applications(), ...PORTS], this.#passedInbound(), within);
  }

  /** A port that only those lack which are included. */
  inboundPortBeside(included: readonly PortRange[]): number | null {
    return this.#unnamed([...this.#applications(), ...PORTS], [...this.#passedInbound(), ...included], []);
  }

  /** Destinations that the policy redirects, at a port that no list names. None where it redirects none of this family. */
  redirected(): string[] {
    const inclusions = this.policy.outboundIpRangeInclusions;
    if (inclusions.length === 0) return this.#outside(this.#anywhere());
    return this.#outside(this.ranges(inclusions).flatMap(addressesIn));
  }

  /** Destinations that only a clause beside the ranges lets pass; any, where none is redirected. */
  away(): string[] {
    const redirected = this.redirected();
    return redirected.length > 0 ? redirected : this.included(null);
  }

  /** Destinations in an included range, or in none where it is null. */
  included(range: IpRange | null): string[] {
    if (range !== null) return this.#outside(addressesIn(range));
    const inclusions = this.policy.outboundIpRangeInclusions;
    return this.#outside(this.#anywhere()).filter((address) => !isIn(inclusions, address));
  }

  /** Destinations in an excluded range; best ones that nothing else lets pass. */
  excluded(range: IpRange): string[] {
    const { outboundIpRangeExclusions: exclusions, outboundIpRangeInclusions: inclusions } = this.policy;
    const others = exclusions.filter((other) => other !== range);
    const within = inclusions.flatMap(addressesIn).filter((address) => isIn([range], address));
    const all = [...within, ...addressesIn(range)].filter((address) => !this.#isOwn(address));
    const alone = all.filter(
      (address) => !isIn(others, address) && (inclusions.length === 0 || isIn(inclusions, address)),
    );
    return alone.length > 0 ? alone : all;
  }

  /** Destinations behind the interfaces that a name of the policy means. */
  behind(pattern: string): string[] {
    const there = this.#interfaces().filter((one) => matches(pattern, one.interface));
    return this.#outside(there.flatMap(neighbours));
  }

  /** Whom an inbound connection comes from that is not excluded by its source; null where all are. */
  neighbour(): { source?: string } | null {
    const excluded = this.policy.inboundSourceExclusions.filter(({ family }) => family === this.family);
    if (excluded.length === 0) return {};
    const source = NEIGHBOURS[this.family].find((text) => {
      const address = parseAddress(text);
      return address !== null && !excluded.some((range) => containsAddress(range, address));
    });
    return source === undefined ? null : { source };
  }

  /** Addresses of an excluded source range; none where it has a single one, which may be somebody's. */
  sources(range: IpRange): string[] {
    const addresses = addressesIn(range);
    return addresses.length < 2 ? [] : addresses.filter((address) => !this.#isOwn(address));
  }

  #interfaces(): InterfaceAddress[] {
    return this.#snapshot.addresses.filter(({ family, address, interface: name }) => {
      const parsed = parseAddress(address);
      const local =
        parsed === null || isLoopback(parsed.bytes) || name === 'lo' || /^fe[89ab]/i.test(address);
      return family === this.family && !local;
    });
  }

  #isOwn(address: string): boolean {
    const parsed = parseAddress(address);
    return (
      parsed === null ||
      isLoopback(parsed.bytes) ||
      this.#snapshot.addresses.some((own) => own.address === address)
    );
  }

  /** Without own addresses and those of excluded ranges. */
  #outside(addresses: readonly string[]): string[] {
    return addresses.filter(
      (address) => !this.#isOwn(address) && !isIn(this.policy.outboundIpRangeExclusions, address),
    );
  }

  /** Where nobody is, and neighbours. The latter first where the route to the former may lead over an excluded interface. */
  #anywhere(): string[] {
    const excluded = ({ interface: name }: InterfaceAddress): boolean =>
      this.policy.interfaceExclusions.some((pattern) => matches(pattern, name));
    const near = this.#interfaces()
      .filter((one) => !excluded(one))
      .flatMap(neighbours);
    const far = NOWHERE[this.family];
    return this.#interfaces().some(excluded) ? [...near, ...far] : [...far, ...near];
  }

  /** Ports that applications serve at the workload's own addresses. */
  #applications(): number[] {
    return this.#snapshot.listeners
      .filter(
        ({ uid, address }) =>
          uid !== this.policy.sidecarUid && [...this.own, '0.0.0.0', '::'].includes(address),
      )
      .filter((listener) => serves(listener, this.family))
      .map(({ port }) => port);
  }

  #passedInbound(): PortRange[] {
    const { controlPorts, bypassPorts, inboundPortExclusions } = this.policy;
    return [...controlPorts, ...bypassPorts, ...inboundPortExclusions];
  }

  #unnamed(
    preferred: readonly number[],
    named: readonly PortRange[],
    within: readonly PortRange[],
  ): number | null {
    const { inboundPort, outboundPort, adminPort } = this.policy;
    const free = otherPorts([...named, ...[inboundPort, outboundPort, adminPort].map(port)]);
    const fits = (number: number): boolean =>
      hasPort(free, number) && (within.length === 0 || hasPort(within, number));
    const firsts = [...free, ...within].map(({ first }) => first).sort((a, b) => b - a);
    return [...preferred, ...firsts].find(fits) ?? null;
  }
}

/** Other addresses of the network that an own one is in. */
function neighbours({ address, prefix }: InterfaceAddress): string[] {
  const range = rangeAround(address, prefix);
  return range === null ? [] : addressesIn(range);
}
