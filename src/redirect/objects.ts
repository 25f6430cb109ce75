import { createHash } from 'node:crypto';
import { objectContents } from '../core/ebpf';
import type { ObjectFacts } from '../core/node-check';
import type { BpfObject } from '../core/redirect';
import { ObjectError } from './errors';
import { readManifest, readPart, type ManifestObject } from './manifest';

const OBJECT = 'redirect.bpf.o';
const ACCELERATION = 'accelerate.bpf.o';

const sameNames = (names: readonly string[], wanted: readonly { name: string }[]): boolean =>
  [...names].sort().join() ===
  wanted
    .map(({ name }) => name)
    .sort()
    .join();

/** Holds the object against its manifest: its hash, and what it has inside. */
function check(bytes: Uint8Array, wanted: ManifestObject): void {
  const { file } = wanted;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== wanted.sha256) {
    throw new ObjectError(
      'mismatch',
      `${file} is not the one that its manifest names: its SHA-256 is ${sha256}, and not ${wanted.sha256}.`,
    );
  }
  const { programs, maps } = objectContents(bytes);
  if (!sameNames(programs, wanted.programs) || !sameNames(maps, wanted.maps)) {
    throw new ObjectError(
      'mismatch',
      `${file} has other programs or maps than its manifest names: ${[...programs, ...maps].join(', ')}.`,
    );
  }
}

/** Reads an object and what its manifest says of it, and holds one against the other. */
async function readChecked(
  directory: string,
  file: string,
): Promise<{ bytes: Buffer; kernel: string; object: ManifestObject }> {
  const [bytes, { kernel, object }] = await Promise.all([
    readPart(directory, file),
    readManifest(directory, file),
  ]);
  check(bytes, object);
  return { bytes, kernel, object };
}

/**
 * Reads the object of eBPF mode from the directory that holds it and its manifest (`dist/bpf`). Throws ObjectError where
 * it is missing, or is not the one that the manifest names.
 */
export async function loadObject(directory: string): Promise<BpfObject> {
  return read(directory, OBJECT);
}

/** Reads the object of acceleration. Throws as `loadObject` does. */
export async function loadAcceleration(directory: string): Promise<BpfObject> {
  return read(directory, ACCELERATION);
}

async function read(directory: string, file: string): Promise<BpfObject> {
  const { bytes, object } = await readChecked(directory, file);
  return { base64: bytes.toString('base64'), sha256: object.sha256 };
}

/** What the object of eBPF mode is, for people. Throws as `loadObject` does. */
export async function describeObject(directory: string): Promise<ObjectFacts> {
  const { kernel, object } = await readChecked(directory, OBJECT);
  const { file, sha256, sourceHash, programs, maps, memory } = object;
  return {
    file,
    sha256,
    sourceHash,
    kernel,
    memory,
    hooks: programs.map(({ hook }) => hook),
    maps: maps.length,
  };
}
