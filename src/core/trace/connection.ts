import { parseAddress, type AddressBytes } from '../net';
import type { Family } from '../model';

/** A new TCP connection of a workload, as its first packet or its connect(2) shows it. */
export interface Connection {
  /** `outbound`: a process of the workload connects. `inbound`: the network sends a SYN to it. */
  direction: 'inbound' | 'outbound';
  /** Who connects; of inbound connections nobody minds. */
  uid: number;
  gid: number;
  source: string;
  sourcePort: number;
  destination: string;
  destinationPort: number;
  /** Outbound: where the route leads (`lo` for the workload's own addresses). Inbound: where it came in. */
  interface: string;
  /** Outbound: the interface that the socket is bound to (SO_BINDTODEVICE), or null. */
  boundInterface: string | null;
}

/** One thing that is asked on the way. */
export interface TraceStep {
  /** The chain or the hook. */
  place: string;
  /** The rule, or what is looked up. */
  text: string;
  /** Of a rule: its place in the chain, from 1. */
  rule: number | null;
  /** Whether it fits; null where we cannot tell. */
  matched: boolean | null;
  /** True for the step after which it is decided where the connection ends. */
  decides: boolean;
}

/** Where a connection ends. */
export type TraceEnd =
  /** Where it asked for. */
  | { kind: 'direct' }
  /** At the sidecar, which learns the original destination from the kernel. */
  | { kind: 'sidecar'; port: number; side: 'inbound' | 'outbound' | null }
  /** At another address (PodIP mode). */
  | { kind: 'rewritten'; destination: string; port: number }
  /** A rule drops or refuses it. */
  | { kind: 'refused' }
  /** A rule that we do not understand comes before the decision, or two decide in an order that nobody tells. */
  | { kind: 'unknown'; reason: string };

export interface Trace {
  steps: TraceStep[];
  end: TraceEnd;
}

/** An address of a connection. Throws RangeError for what is none. */
export function addressOf(text: string): { family: Family; bytes: AddressBytes } {
  const address = parseAddress(text);
  if (!address) throw new RangeError(`${text} is not an address.`);
  return address;
}
