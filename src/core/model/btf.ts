import * as z from 'zod';

/** A BTF type, as the agent reads it from the kernel: enough to show bytes as what they mean. Sizes in bytes. */
export type BtfType =
  | { kind: 'int'; name: string; size: number; signed: boolean }
  | { kind: 'enum'; name: string; size: number; values: Record<string, string> }
  | { kind: 'array'; size: number; count: number; element: BtfType }
  | { kind: 'struct'; name: string; size: number; members: BtfMember[] }
  | { kind: 'typedef'; name: string; size: number; type: BtfType }
  | { kind: 'unknown'; name: string; size: number };

/** `offset` is in bytes from the start of the struct. Bit fields and unions come as `unknown`. */
export interface BtfMember {
  name: string;
  offset: number;
  type: BtfType;
}

export const BtfType: z.ZodType<BtfType> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('int'), name: z.string(), size: z.number(), signed: z.boolean() }),
    z.object({
      kind: z.literal('enum'),
      name: z.string(),
      size: z.number(),
      values: z.record(z.string(), z.string()),
    }),
    z.object({ kind: z.literal('array'), size: z.number(), count: z.number(), element: BtfType }),
    z.object({
      kind: z.literal('struct'),
      name: z.string(),
      size: z.number(),
      members: z.array(z.object({ name: z.string(), offset: z.number(), type: BtfType })),
    }),
    z.object({ kind: z.literal('typedef'), name: z.string(), size: z.number(), type: BtfType }),
    z.object({ kind: z.literal('unknown'), name: z.string(), size: z.number() }),
  ]),
);
