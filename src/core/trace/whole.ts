import type { MapContents } from '../ebpf';
import type { Ruleset } from '../iptables';
import type { Backend, Family } from '../model';
import type { Policy } from '../policy';
import { decided, endOfRules } from './backends';
import { addressOf, type Connection, type Trace, type TraceEnd } from './connection';
import { explainConnection } from './explain';

/** One party that a connection passes: our hooks, or the rules of one back-end. */
export interface Station {
  by: { kind: 'hooks' } | { kind: 'rules'; family: Family; backend: Backend };
  /** As it comes there: what the station before has made of it. */
  connection: Connection;
  trace: Trace;
}

/** The rules of one back-end. */
export type RulesStation = Station & { by: { kind: 'rules' } };

/** Everything that decides about a connection, in the order in which the kernel asks: of both back-ends, as far as that counts. */
export interface WholeTrace {
  stations: Station[];
  end: TraceEnd;
  /** True where the end turns on which back-end’s rules are asked first, which the kernel does not tell. */
  unordered: boolean;
}

/** Those of the stations that are rules, in their order. */
export const rulesOf = ({ stations }: WholeTrace): RulesStation[] =>
  stations.filter((station): station is RulesStation => station.by.kind === 'rules');

/** What is there to decide. */
export interface WholeState {
  rulesets: readonly { family: Family; backend: Backend; ruleset: Ruleset }[];
  /** What our maps hold; null where none of our hooks decides in this direction. */
  maps: readonly MapContents[] | null;
  interfaces: readonly { name: string; index: number }[];
}

/** Where connect(2) was rewritten to, and so what rules see; the connection itself where it was not. */
function after(connection: Connection, end: TraceEnd): Connection {
  if (end.kind === 'rewritten') {
    return { ...connection, destination: end.destination, destinationPort: end.port, interface: 'lo' };
  }
  if (end.kind !== 'sidecar') return connection;
  const loopback = addressOf(connection.destination).family === 'ipv4' ? '127.0.0.1' : '::1';
  const own = end.side === 'inbound' ? connection.destination : loopback;
  return { ...connection, destination: own, destinationPort: end.port, interface: 'lo' };
}

/**
 * What becomes of a connection where hooks and rules are both there. Outbound, the hooks of connect(2) come before
 * there is a packet; inbound, a socket is looked up after the rules of PREROUTING. Throws RangeError for addresses
 * that are none.
 */
export function explainWhole(state: WholeState, policy: Policy, connection: Connection): WholeTrace {
  const { family } = addressOf(connection.destination);
  const hooks = (at: Connection): Station[] =>
    state.maps === null
      ? []
      : [
          {
            by: { kind: 'hooks' },
            connection: at,
            trace: explainConnection(
              { mode: 'ebpf', maps: state.maps, interfaces: state.interfaces },
              policy,
              at,
            ),
          },
        ];
  const rules = (at: Connection): RulesStation[] =>
    state.rulesets
      .filter((one) => one.family === family && one.ruleset.tables.some(({ name }) => name === 'nat'))
      .map(({ backend, ruleset }) => ({
        by: { kind: 'rules', family, backend },
        connection: at,
        trace: explainConnection({ mode: 'iptables', ruleset }, policy, at),
      }));
  if (connection.direction === 'outbound') {
    const first = hooks(connection);
    const end = first[0]?.trace.end ?? { kind: 'direct' };
    const then = rules(after(connection, end));
    const last = endOfRules(then);
    return { stations: [...first, ...then], ...last, end: decided(last.end) ? last.end : end };
  }
  const first = rules(connection);
  const { end, unordered } = endOfRules(first);
  // What was redirected already is looked up under the port that it was redirected to, which the hook lets pass.
  const then = decided(end) ? [] : hooks(connection);
  return { stations: [...first, ...then], unordered, end: then[0]?.trace.end ?? end };
}
