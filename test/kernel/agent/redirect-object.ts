import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { mountOf } from '../../../playground/cgroup';
import type { Params } from '../../../src/nodes/agent/protocol';
import type { TestAgent } from './harness';

const OBJECT = join(import.meta.dirname, '..', '..', '..', 'bpf', 'prebuilt', 'redirect.bpf.o');

/** The prebuilt object's bytes. */
export const redirectObject = (): Buffer => readFileSync(OBJECT);

/** What `bpf/load` takes for these bytes. */
export function loadParams(
  workload: string,
  bytes: Buffer,
  maps: Params<'bpf/load'>['maps'] = [],
): Params<'bpf/load'> {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { workload, object: bytes.toString('base64'), sha256, maps };
}

/** Loads the prebuilt object for a workload; gives its load and the ids of its maps by name. */
export async function loadRedirect(
  agent: TestAgent,
  workload: string,
  contents: Params<'bpf/load'>['maps'] = [],
): Promise<{ load: string; map: (name: string) => number; program: (name: string) => number }> {
  const { load, maps, programs } = await agent.client.request(
    'bpf/load',
    loadParams(workload, redirectObject(), contents),
  );
  const id = (list: { name: string; id: number }[], name: string): number => {
    const found = list.find((one) => one.name === name);
    if (!found) throw new Error(`the object has no ${name}`);
    return found.id;
  };
  return { load, map: (name) => id(maps, name), program: (name) => id(programs, name) };
}

/** Where a workload's links are pinned. */
export async function pinDirectory(workload: string): Promise<string> {
  return join((await mountOf('bpf')) ?? '/sys/fs/bpf', 'mesh-redirect', workload);
}

/** Removes whatever pins a failed test has left. */
export async function removePins(workload: string): Promise<void> {
  const directory = await pinDirectory(workload);
  if (existsSync(directory)) rmSync(directory, { recursive: true });
}

/** The prebuilt object with an opcode that no kernel knows at the start of an ELF section. */
export function withInvalidInstruction(section: string): Buffer {
  const object = Buffer.from(redirectObject());
  const sections = Number(object.readBigUInt64LE(40));
  const header = (index: number): number => sections + index * object.readUInt16LE(58);
  const offset = (index: number): number => Number(object.readBigUInt64LE(header(index) + 24));
  const names = offset(object.readUInt16LE(62));
  for (let index = 0; index < object.readUInt16LE(60); index += 1) {
    const name = names + object.readUInt32LE(header(index));
    if (object.toString('latin1', name, object.indexOf(0, name)) !== section) continue;
    object[offset(index)] = 0xff;
    return object;
  }
  throw new Error(`the object has no section ${section}`);
}
