import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { ObjectError } from './errors';

const MANIFEST = 'manifest.json';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** What is read here of bpf/prebuilt/manifest.json (tools/build-bpf.mjs writes it). */
const Manifest = z.object({
  version: z.literal(1),
  /** The oldest kernel that the objects are made for: `5.17`. */
  kernel: z.string(),
  objects: z.array(
    z.object({
      file: z.string(),
      sha256: Sha256,
      /** Over the sources that it was compiled from. */
      sourceHash: Sha256,
      programs: z.array(z.object({ name: z.string(), hook: z.string() })),
      maps: z.array(z.object({ name: z.string() })),
      /** Bytes that its maps hold at rest. */
      memory: z.number().nonnegative(),
    }),
  ),
});

/** What the manifest says of one object. */
export type ManifestObject = z.infer<typeof Manifest>['objects'][number];

/** Reads a file of the directory. Throws ObjectError `missing`. */
export async function readPart(directory: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, file));
  } catch (cause) {
    throw new ObjectError('missing', `The BPF file ${file} cannot be read.`, { cause });
  }
}

/**
 * What the manifest in `directory` says of the object `file`, and of the kernel that it needs. Throws ObjectError where
 * there is no manifest, or it is damaged, or does not name the object.
 */
export async function readManifest(
  directory: string,
  file: string,
): Promise<{ kernel: string; object: ManifestObject }> {
  const bytes = await readPart(directory, MANIFEST);
  const { kernel, objects } = parse(bytes.toString('utf8'));
  const object = objects.find((one) => one.file === file);
  if (!object) throw new ObjectError('manifest', `The manifest (${MANIFEST}) does not name ${file}.`);
  return { kernel, object };
}

function parse(text: string): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new ObjectError('manifest', `The manifest of the BPF objects (${MANIFEST}) is damaged.`, { cause });
  }
}
