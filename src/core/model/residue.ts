import * as z from 'zod';
import { SwitchJournal } from './switch';

/** What of Mesh Redirect lies on a node beside the rules, which snapshots show. */
export const NodeResidue = z.object({
  /** Our pins in bpffs, by workload; also of workloads that are gone. */
  pins: z.array(
    z.object({
      workload: z.string(),
      hooks: z.array(z.string()),
      gone: z.boolean(),
      /** Whether links of acceleration are among them. */
      accelerated: z.boolean().default(false),
    }),
  ),
  /** Attached links of our programs that no pin of ours holds. */
  links: z.array(z.object({ id: z.number().int().positive(), hook: z.string(), program: z.string() })),
  /** Files that the extension put on the node, apart from the agent that runs. Sizes in bytes. */
  files: z.array(z.object({ path: z.string(), size: z.number().nonnegative() })),
  journals: z.array(SwitchJournal),
});
export type NodeResidue = z.infer<typeof NodeResidue>;
