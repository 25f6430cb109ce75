/** What the view Trace and the extension host say to each other. */
import * as z from 'zod';
import type { Backend, Family } from '../core/model';

/** Which connection is meant, as a person fills it in. */
export const TraceQuery = z.object({
  direction: z.enum(['outbound', 'inbound']),
  /** Who connects; inbound it does not count. */
  uid: z.number().int().nonnegative().max(0xffffffff),
  /** The other end of inbound connections; empty: any. */
  source: z.string().max(64),
  destination: z.string().max(64),
  port: z.number().int().min(1).max(65535),
  /** Empty: as the addresses of the workload suggest. */
  interface: z.string().max(16),
});
export type TraceQuery = z.infer<typeof TraceQuery>;

/** One question on the way, and its answer. */
export interface TraceStepView {
  place: string;
  text: string;
  /** Of a rule: its place in the chain, from 1. */
  rule: number | null;
  matched: boolean | null;
  decides: boolean;
}

/** Our hooks, or the rules of one back-end. */
export interface TraceStationView {
  title: string;
  /** Where its rules are found in the view Chains; null for hooks. */
  ruleset: { family: Family; backend: Backend } | null;
  /** What comes there, in words: hooks may have sent it elsewhere. */
  asked: string;
  steps: TraceStepView[];
  /** What it decides, in words. */
  end: string;
}

export interface ExplanationView {
  query: TraceQuery;
  stations: TraceStationView[];
  end: string;
  /** False where something is asked that we do not know. */
  certain: boolean;
}

/** What the kernel did with one packet, in the order in which it did it. */
export interface TracedPacket {
  id: number;
  hops: { table: string; chain: string; rule: number | null; text: string; verdict: string }[];
  /** Where it was when it came, and where it came out; null where the kernel did not say. */
  from: string | null;
  to: string | null;
  /** Where it did otherwise than explained, a line each. */
  differences: string[];
}

export interface LiveTrace {
  state: 'watching' | 'stopped' | 'time' | 'enough';
  /** What is traced, in words. */
  traced: string;
  /** Why the kernel does not tell all, a line each. */
  limits: string[];
  packets: TracedPacket[];
  /** What our programs counted since it began, and which destinations they kept, a line each. */
  hooks: string[];
}

/** An open connection of the workload, to begin from. */
export interface ConnectionView {
  /** In words. */
  label: string;
  query: TraceQuery;
}

export type ToTrace =
  | { type: 'explanation'; explanation: ExplanationView }
  /** What was asked for is no connection, or its state could not be read. */
  | { type: 'explanationFailed'; message: string }
  | { type: 'liveTrace'; live: LiveTrace }
  | { type: 'connections'; connections: ConnectionView[] };

export const FROM_TRACE = [
  /** What would become of this connection, by what is there now. */
  z.object({ type: z.literal('explain'), query: TraceQuery }),
  /** Has the kernel trace it, until `stopTrace`, or for `TRACE_SECONDS`. */
  z.object({ type: z.literal('watchTrace'), query: TraceQuery }),
  z.object({ type: z.literal('stopTrace') }),
  z.object({ type: z.literal('listConnections') }),
] as const;
