import type { MapContents } from '../ebpf';
import type { Ruleset } from '../iptables';
import type { Policy } from '../policy';
import { addressText } from '../net';
import { addressOf, type Connection, type Trace } from './connection';
import { traceMaps } from './ebpf';
import { traceRules } from './iptables';

/** What decides: the rules of the connection's family, or the maps of eBPF mode. */
export type TraceState =
  | { mode: 'iptables'; ruleset: Ruleset }
  | { mode: 'ebpf'; maps: readonly MapContents[]; interfaces: readonly { name: string; index: number }[] };

/**
 * What becomes of a new connection: everything that is asked on its way, the one answer that decides, and where it ends.
 * Rules as the kernel walks them (the table `nat`, first packet); maps as bpf/programs/policy.h asks them. Throws
 * RangeError for a connection whose addresses are none.
 */
export function explainConnection(state: TraceState, policy: Policy, connection: Connection): Trace {
  const reached = { ...connection, destination: reachedAddress(connection.destination) };
  return state.mode === 'iptables'
    ? traceRules(state.ruleset, policy, reached)
    : traceMaps(state.maps, reached, state.interfaces);
}

/** connect(2) takes the unspecified address for the loopback one. */
function reachedAddress(destination: string): string {
  const text = addressText(addressOf(destination).bytes);
  return text === '0.0.0.0' ? '127.0.0.1' : text === '::' ? '::1' : text;
}
