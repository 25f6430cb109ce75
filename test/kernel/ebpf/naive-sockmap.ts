import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { clang, compilerArguments, run } from '../../../tools/bpf/toolchain.mjs';

const SOURCE = 'naive_sockmap.bpf.c';
const OBJECT = join(import.meta.dirname, '..', '..', '..', 'dist', 'test', 'naive_sockmap.bpf.o');

/** naive_sockmap.bpf.c, attached to a cgroup until `remove`. */
export class NaiveSockmap {
  readonly #pins = `/sys/fs/bpf/mesh-redirect-naive-${process.pid}`;
  readonly #cgroup: string;

  /** @param cgroup its directory: the sockets of its processes are taken */
  constructor(cgroup: string) {
    this.#cgroup = cgroup;
  }

  attach(): void {
    const pins = this.#pins;
    mkdirSync(join(OBJECT, '..'), { recursive: true });
    run(clang, [...compilerArguments(), '-c', SOURCE, '-o', OBJECT], { cwd: import.meta.dirname });
    run('bpftool', ['prog', 'loadall', OBJECT, pins, 'pinmaps', pins]);
    run('bpftool', ['prog', 'attach', 'pinned', `${pins}/always`, 'msg_verdict', 'pinned', `${pins}/naive`]);
    run('bpftool', ['cgroup', 'attach', this.#cgroup, 'sock_ops', 'pinned', `${pins}/take`, 'multi']);
  }

  remove(): void {
    try {
      run('bpftool', ['cgroup', 'detach', this.#cgroup, 'sock_ops', 'pinned', `${this.#pins}/take`]);
    } finally {
      rmSync(this.#pins, { recursive: true, force: true });
    }
  }
}
