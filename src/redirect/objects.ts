import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { BpfObject } from '../core/redirect';
import { ObjectError } from './errors';

/** What is read here of bpf/prebuilt/manifest.json (tools/build-bpf.mjs writes it). */
const Manifest = z.object({
  version: z.literal(1),
  objects: z.array(z.object({ file: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
});

const OBJECT = 'redirect.bpf.o';
const MANIFEST = 'manifest.json';

async function read(directory: string, file: string): Promise<Buffer> {
  try {
    return await readFile(join(directory, file));
  } catch (cause) {
    throw new ObjectError('missing', `The BPF file ${file} cannot be read.`, { cause });
  }
}

function parseManifest(bytes: Buffer): z.infer<typeof Manifest> {
  try {
    return Manifest.parse(JSON.parse(bytes.toString('utf8')));
  } catch (cause) {
    throw new ObjectError('manifest', `The manifest of the BPF objects (${MANIFEST}) is damaged.`, { cause });
  }
}

/**
 * Reads the object of eBPF mode from the directory that holds it and its manifest (`dist/bpf`). Throws ObjectError where
 * it is missing, or is not the one that the manifest names.
 */
export async function loadObject(directory: string): Promise<BpfObject> {
  const [bytes, manifest] = await Promise.all([read(directory, OBJECT), read(directory, MANIFEST)]);
  const wanted = parseManifest(manifest).objects.find(({ file }) => file === OBJECT);
  if (!wanted) throw new ObjectError('manifest', `The manifest (${MANIFEST}) does not name ${OBJECT}.`);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== wanted.sha256) {
    throw new ObjectError(
      'mismatch',
      `${OBJECT} is not the one that its manifest names: its SHA-256 is ${sha256}, and not ${wanted.sha256}.`,
    );
  }
  return { base64: bytes.toString('base64'), sha256 };
}
