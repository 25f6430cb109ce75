import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { clang, compilerArguments, run } from '../../tools/bpf/toolchain.mjs';

/** Where the programs and maps of one of this folder's sources are pinned, by their names. */
export const pinsOf = (source: string): string =>
  `/sys/fs/bpf/mesh-redirect-test-${basename(source, '.bpf.c')}-${process.pid}`;

/** Compiles, loads and pins one of this folder's sources, such as `idle_hooks.bpf.c`. bpffs has to be mounted. */
export function load(source: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'mesh-redirect-bpf-'));
  const object = join(folder, 'object.bpf.o');
  const pins = pinsOf(source);
  try {
    run(clang, [...compilerArguments(), '-c', source, '-o', object], { cwd: import.meta.dirname });
    run('bpftool', ['prog', 'loadall', object, pins, 'pinmaps', pins]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is attached stays. */
export function unpin(source: string): void {
  rmSync(pinsOf(source), { recursive: true, force: true });
}

/** @param cgroup its directory @param hook as bpftool calls it @param program where it is pinned */
export function attachToCgroup(cgroup: string, hook: string, program: string): void {
  run('bpftool', ['cgroup', 'attach', cgroup, hook, 'pinned', program, 'multi']);
}
