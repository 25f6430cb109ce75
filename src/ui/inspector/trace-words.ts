import { connectionText, endText, endpointText, type Connection, type WholeTrace } from '../../core/trace';
import { chainIn, type Ruleset } from '../../core/iptables';
import type { Backend, EstablishedConnection, Family, Snapshot, TraceEvent } from '../../core/model';
import type { ConnectionView, ExplanationView, TraceQuery, TracedPacket } from '../../protocol/trace';

/** A port that a new connection might have: rules that ask for source ports ask for lower ones. */
const SOURCE_PORT = 40_000;

/** The connection that is meant. What is left open is as the workload's own addresses suggest. */
export function connectionOf(query: TraceQuery, { addresses }: Pick<Snapshot, 'addresses'>): Connection {
  const family: Family = query.destination.includes(':') ? 'ipv6' : 'ipv4';
  const own = addresses.filter((one) => one.family === family && one.interface !== 'lo');
  const isLocal = addresses.some(({ address }) => address === query.destination);
  const loopback = family === 'ipv4' ? /^127\./ : /^::1$/;
  const byLoopback = query.direction === 'outbound' && (isLocal || loopback.test(query.destination));
  const [first] = own;
  return {
    direction: query.direction,
    uid: query.uid,
    gid: query.uid,
    source:
      query.source ||
      (query.direction === 'outbound' ? (first?.address ?? query.destination) : OTHER[family]),
    sourcePort: SOURCE_PORT,
    destination: query.destination,
    destinationPort: query.port,
    interface: query.interface || (byLoopback ? 'lo' : (first?.interface ?? 'eth0')),
    boundInterface: query.interface || null,
  };
}

/** Somebody of whom no rule knows: an address for documentation (RFC 5737, RFC 3849). */
const OTHER: Record<Family, string> = { ipv4: '192.0.2.1', ipv6: '2001:db8::1' };

/** An explanation for showing. */
export function explanationView(
  query: TraceQuery,
  { stations, end, unordered }: WholeTrace,
): ExplanationView {
  return {
    query,
    stations: stations.map(({ by, connection, trace }) => ({
      title:
        by.kind === 'hooks'
          ? 'eBPF hooks'
          : `Rules: ${by.family === 'ipv4' ? 'IPv4' : 'IPv6'}, ${by.backend}, table nat`,
      ruleset: by.kind === 'hooks' ? null : { family: by.family, backend: by.backend },
      asked:
        connectionText(connection) +
        (unordered && by.kind === 'rules' ? '; not asked if the other back-end comes first' : ''),
      steps: trace.steps,
      end: endText(trace.end),
    })),
    end: endText(end),
    certain: end.kind !== 'unknown',
  };
}

/** The rules of one family, by back-end. */
export type RulesOf = ReadonlyMap<Backend, Ruleset>;

/** What the kernel told of one packet, for showing. `rules` are those of its family. */
export function packetView(
  id: number,
  events: readonly TraceEvent[],
  rules: RulesOf,
): Omit<TracedPacket, 'differences'> {
  const first = events.find(({ destination }) => destination)?.destination;
  const last = events.findLast(({ kind, destination }) => kind === 'end' && destination)?.destination;
  return {
    id,
    from: first ? endpointText(first.address, first.port) : null,
    to: last ? endpointText(last.address, last.port) : null,
    hops: events
      .filter(({ kind }) => kind !== 'end')
      .map(({ backend, table, chain, kind, rule, verdict, to }) => ({
        table: backend === 'nft' ? table : `${table} (legacy)`,
        chain,
        rule,
        text: kind === 'policy' ? 'end of the chain' : ruleText(rules.get(backend), table, chain, rule),
        verdict: [verdict ?? '', to ?? ''].join(' ').trim(),
      })),
  };
}

function ruleText(ruleset: Ruleset | undefined, table: string, chain: string, rule: number | null): string {
  const rules = ruleset && chainIn(ruleset, table, chain)?.rules;
  return (rule === null ? undefined : rules?.[rule - 1]?.spec) ?? 'a rule that is not shown here';
}

/** Open connections to begin from, each once however often it is open. */
export function connectionViews(
  connections: readonly EstablishedConnection[],
  { listeners }: Pick<Snapshot, 'listeners'>,
): ConnectionView[] {
  const listening = new Set(listeners.map(({ port }) => port));
  const views = connections.map((one): ConnectionView => {
    const inbound = listening.has(one.localPort);
    const address = inbound ? one.localAddress : one.remoteAddress;
    const port = inbound ? one.localPort : one.remotePort;
    const query: TraceQuery = {
      ...{ direction: inbound ? 'inbound' : 'outbound', uid: one.uid, destination: address, port },
      ...{ source: inbound ? one.remoteAddress : '', interface: '' },
    };
    const to = endpointText(address, port);
    return {
      query,
      label: inbound ? `in: ${one.remoteAddress} → ${to}` : `out: user ${one.uid} → ${to}`,
    };
  });
  return [...new Map(views.map((view) => [view.label, view])).values()];
}

/** Of which the kernel does not tell, a line each. @param untold why legacy rules are not told of; null: they are, or are not there */
export function limitsOf(untold: string | null): string[] {
  if (untold === null) return [];
  return [
    `Rules of the legacy back-end are there too, and the kernel does not tell which of them are met: ${untold}. How the packet comes out it tells for both back-ends.`,
  ];
}
