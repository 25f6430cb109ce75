import { fromHex, readSettings, type MapContents, type PolicyMap, type SettingsValue } from '../ebpf';
import { addressText, type AddressBytes } from '../net';
import { addressOf, type Connection, type Trace, type TraceEnd, type TraceStep } from './connection';

/** The maps as the programs look into them. */
class Maps {
  readonly settings: SettingsValue | null;
  readonly #contents: Map<PolicyMap, MapContents['entries']>;

  constructor(contents: readonly MapContents[]) {
    this.#contents = new Map(contents.map(({ map, entries }) => [map, entries]));
    const [entry] = this.#contents.get('settings') ?? [];
    this.settings = entry ? readSettings(fromHex(entry.value)) : null;
  }

  hasPort(set: 0 | 1, port: number): boolean {
    const entry = this.#contents.get('port_sets')?.find(({ key }) => fromHex(key)[0] === set);
    const byte = entry ? Number.parseInt(entry.value.slice((port >> 3) * 2, (port >> 3) * 2 + 2), 16) : 0;
    return (byte & (1 << (port & 7))) !== 0;
  }

  /** The longest prefix that holds the address, of a trie; only whether there is any counts. */
  hasAddress(map: PolicyMap, address: AddressBytes): boolean {
    return (this.#contents.get(map) ?? []).some(({ key }) => {
      const bytes = fromHex(key);
      const length = new DataView(bytes.buffer).getUint32(0, true);
      return address.every((byte, index) => {
        const bits = Math.min(8, Math.max(0, length - index * 8));
        return ((byte ^ (bytes[4 + index] ?? 0)) & (0xff << (8 - bits)) & 0xff) === 0;
      });
    });
  }
}

/** Asks one question after the other, until one decides. Mirrors bpf/programs/policy.h. */
class Questions {
  readonly steps: TraceStep[] = [];
  readonly #place: string;
  end: TraceEnd | null = null;

  constructor(place: string) {
    this.#place = place;
  }

  /** Notes a question and its answer; where the answer is yes, the connection ends here. */
  ask(text: string, matched: boolean, end: TraceEnd): this {
    if (this.end) return this;
    this.steps.push({ place: this.#place, text, rule: null, matched, decides: matched });
    if (matched) this.end = end;
    return this;
  }
}

const DIRECT: TraceEnd = { kind: 'direct' };

function outbound(maps: Maps, settings: SettingsValue, connection: Connection, bound: number): Questions {
  const { family, bytes } = addressOf(connection.destination);
  const bySidecar = connection.uid === settings.sidecarUid || connection.gid === settings.sidecarGid;
  const exactLoopback = isExactLoopback(bytes);
  const local = maps.hasAddress('local_ranges', bytes);
  const podIp = settings.podIpMode && bySidecar && exactLoopback && family === 'ipv4';
  const port = connection.destinationPort;
  const unlisted = settings.onlyIncludedRanges && !maps.hasAddress('included_ranges', bytes);
  const toSelf: TraceEnd = { kind: 'sidecar', port: settings.inboundPort, side: 'inbound' };
  const toPod: TraceEnd = { kind: 'rewritten', destination: addressText([...settings.podAddress]), port };
  return new Questions(family === 'ipv4' ? 'connect4' : 'connect6')
    .ask('settings: PodIP mode, and the sidecar connects to 127.0.0.1', podIp, toPod)
    .ask('local_ranges: the sidecar connects to its own pod', local && bySidecar && !exactLoopback, toSelf)
    .ask('local_ranges: it stays in the pod', local, DIRECT)
    .ask('settings: the sidecar connects', bySidecar, DIRECT)
    .ask('to 127.0.0.1 or ::1', exactLoopback, DIRECT)
    .ask(
      'settings: bound to an excluded interface',
      bound !== 0 && settings.excludedInterfaces.includes(bound),
      DIRECT,
    )
    .ask('excluded_ranges: holds the destination', maps.hasAddress('excluded_ranges', bytes), DIRECT)
    .ask('port_sets: outbound passed', maps.hasPort(0, port), DIRECT)
    .ask('included_ranges: there are some, and none holds the destination', unlisted, DIRECT)
    .ask('the rest', true, { kind: 'sidecar', port: settings.outboundPort, side: 'outbound' });
}

function inbound(maps: Maps, settings: SettingsValue, connection: Connection, index: number): Questions {
  const { bytes } = addressOf(connection.source);
  return new Questions('sk_lookup')
    .ask('it came in over lo', connection.interface === 'lo', DIRECT)
    .ask('settings: in over an excluded interface', settings.excludedInterfaces.includes(index), DIRECT)
    .ask('port_sets: inbound passed', maps.hasPort(1, connection.destinationPort), DIRECT)
    .ask('excluded_peers: holds the source', maps.hasAddress('excluded_peers', bytes), DIRECT)
    .ask('the rest', true, { kind: 'sidecar', port: settings.inboundPort, side: 'inbound' });
}

/** The one address of each family, not all of 127.0.0.0/8. */
const isExactLoopback = (bytes: AddressBytes): boolean => ['127.0.0.1', '::1'].includes(addressText(bytes));

/** The way of a connection past the hooks and through their maps. */
export function traceMaps(
  contents: readonly MapContents[],
  connection: Connection,
  interfaces: readonly { name: string; index: number }[],
): Trace {
  const maps = new Maps(contents);
  if (!maps.settings) return { steps: [], end: { kind: 'unknown', reason: 'the map settings is not known' } };
  const indexOf = (name: string | null): number =>
    interfaces.find((known) => known.name === name)?.index ?? 0;
  const questions =
    connection.direction === 'outbound'
      ? outbound(maps, maps.settings, connection, indexOf(connection.boundInterface))
      : inbound(maps, maps.settings, connection, indexOf(connection.interface));
  return { steps: questions.steps, end: questions.end ?? DIRECT };
}
