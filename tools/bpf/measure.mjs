import { rmSync } from 'node:fs';
import { release } from 'node:os';
import { parseJson, run } from './toolchain.mjs';

/** The most that one workload's maps may take while they are empty, in bytes. */
export const MEMORY_LIMIT = 1 << 20;

/**
 * Whether this process can measure: it may load BPF programs, and its kernel says what a map really takes. Before
 * 6.4 the kernel named what all entries together would take, whether there are any or not.
 */
export function canMeasure() {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return process.getuid?.() === 0 && (major > 6 || (major === 6 && minor >= 4));
}

/**
 * Loads an object into this machine's kernel and reads what the kernel charges for each of its maps, which
 * depends a little on the number of CPUs. Nothing is attached, and nothing stays.
 * @param {string} file
 * @returns {Map<string, number>} bytes by map name
 */
export function measure(file) {
  const pins = `/sys/fs/bpf/mesh-redirect-measure-${String(process.pid)}`;
  try {
    run('bpftool', ['prog', 'loadall', file, pins]);
    const programs = /** @type {{ pinned?: string[], map_ids?: number[] }[]} */ (
      parseJson(run('bpftool', ['prog', 'show', '-j', '--bpffs']))
    );
    const ids = new Set(
      programs
        .filter((program) => program.pinned?.some((pin) => pin.startsWith(`${pins}/`)))
        .flatMap((program) => program.map_ids ?? []),
    );
    const maps = /** @type {{ id: number, name: string, bytes_memlock: number }[]} */ (
      parseJson(run('bpftool', ['map', 'show', '-j']))
    );
    return new Map(maps.filter((map) => ids.has(map.id)).map((map) => [map.name, map.bytes_memlock]));
  } finally {
    rmSync(pins, { recursive: true, force: true });
  }
}
