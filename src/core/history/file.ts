import * as z from 'zod';
import { MapPage, Snapshot } from '../model';

/** The version of the files that this side writes, and the only one that it reads. */
const VERSION = 1;

/** A snapshot that was written to a file, to be looked at without its node. */
export const SnapshotFile = z.object({
  meshRedirectSnapshot: z.literal(VERSION),
  /** Names for people. */
  node: z.string().max(1024),
  workload: z.string().max(1024),
  snapshot: Snapshot,
  /** The first page of each map. */
  maps: z.array(MapPage),
});
export type SnapshotFile = z.infer<typeof SnapshotFile>;

/** The text of such a file. */
export function snapshotFileText(content: Omit<SnapshotFile, 'meshRedirectSnapshot'>): string {
  return `${JSON.stringify({ meshRedirectSnapshot: VERSION, ...content }, null, 1)}\n`;
}

/** Reads one. Throws RangeError that says what is wrong with it. */
export function readSnapshotFile(text: string): SnapshotFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new RangeError(`It is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const version = z.looseObject({ meshRedirectSnapshot: z.number() }).safeParse(json);
  if (!version.success) throw new RangeError('It is not a snapshot of Mesh Redirect.');
  if (version.data.meshRedirectSnapshot !== VERSION) {
    throw new RangeError(
      `It is of version ${version.data.meshRedirectSnapshot}; this Mesh Redirect reads ${VERSION}.`,
    );
  }
  const parsed = SnapshotFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new RangeError(
    `Its ${issue?.path.join('.') ?? 'content'} is not as it should be: ${issue?.message ?? ''}`,
  );
}
