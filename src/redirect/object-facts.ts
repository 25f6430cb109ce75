import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import type { ObjectFacts } from '../core/node-check';
import { ObjectError } from './errors';
import { loadObject } from './objects';

/** What people are told of bpf/prebuilt/manifest.json (tools/build-bpf.mjs writes it). */
const Manifest = z.object({
  kernel: z.string(),
  objects: z.array(
    z.object({
      file: z.string(),
      sha256: z.string(),
      programs: z.array(z.object({ hook: z.string() })),
      maps: z.array(z.unknown()),
      memory: z.number(),
    }),
  ),
});

/**
 * What the object of eBPF mode is. Throws ObjectError where it is missing, or is not the one that its manifest names.
 */
export async function describeObject(directory: string): Promise<ObjectFacts> {
  const { sha256 } = await loadObject(directory);
  const parsed = Manifest.safeParse(JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')));
  const object = parsed.data?.objects.find((one) => one.sha256 === sha256);
  if (!parsed.data || !object) {
    throw new ObjectError('manifest', 'The manifest of the BPF objects (manifest.json) is damaged.');
  }
  const { file, programs, maps, memory } = object;
  return {
    ...{ file, sha256, kernel: parsed.data.kernel, memory },
    hooks: programs.map(({ hook }) => hook),
    maps: maps.length,
  };
}
