import * as z from 'zod';
import { Backend, Family } from './snapshot';

/** Which new TCP connections are traced; null: any. One of the ends has to be named. */
export const TracedConnection = z.object({
  direction: z.enum(['outbound', 'inbound']),
  family: Family,
  source: z.string().nullable(),
  sourcePort: z.number().int().nullable(),
  destination: z.string().nullable(),
  destinationPort: z.number().int().nullable(),
  /** Whose socket sends it; outbound only. */
  uid: z.number().int().nullable(),
});
export type TracedConnection = z.infer<typeof TracedConnection>;

const End = z.object({ address: z.string(), port: z.number().int() });

/** What the kernel did with the first packet of a connection, in one place of nf_tables or of the legacy rules. */
export const TraceEvent = z.object({
  /** Tells packets apart. */
  packet: z.number(),
  backend: Backend,
  table: z.string(),
  chain: z.string(),
  /** `rule`: it matched. `policy`: the chain came to its end. `end`: it came through all chains of its hook. */
  kind: z.enum(['rule', 'policy', 'end']),
  /**
   * From 1, as `iptables -L --line-numbers` counts; null where it is no rule, or has gone. Of legacy rules `policy` may be
   * one without a condition, too: the kernel tells its number, or the one after the last.
   */
  rule: z.number().int().nullable(),
  /** Null of legacy rules: the kernel does not say. */
  verdict: z
    .enum(['accept', 'drop', 'stolen', 'queue', 'continue', 'return', 'jump', 'goto', 'other'])
    .nullable(),
  /** The chain that it jumps to. */
  to: z.string().nullable(),
  /** As the packet is then: the kernel tells it once for each table of a hook. */
  source: End.optional(),
  destination: End.optional(),
  /** Indexes of interfaces. */
  in: z.number().optional(),
  out: z.number().optional(),
});
export type TraceEvent = z.infer<typeof TraceEvent>;
