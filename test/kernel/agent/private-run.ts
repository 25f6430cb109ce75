import { Daemon } from '../../../playground/daemon';
import { JOURNALS } from './switching';

/** Named namespaces stay where they are looked for, also those that are made later. */
const SCRIPT = `set -e
directory=$(mktemp -d)
mount -t tmpfs -o mode=0755 none "$directory"
mkdir -m 0700 "$directory/mesh-redirect"
mkdir "$directory/mount" "$directory/netns" # mount(8) notes down in the first what it does
mount --rbind /run/netns "$directory/netns"
mount --move "$directory" /run
rmdir "$directory"
echo ready
exec sleep infinity`;

/**
 * A /run of its own for agents and tools of the legacy back-end: no other agent of this machine recovers a switch that a
 * test leaves behind, and nobody else has the xtables lock.
 */
export class PrivateRun {
  readonly #holder: Daemon;

  private constructor(holder: Daemon) {
    this.#holder = holder;
  }

  /** There has to be a named network namespace. */
  static async make(): Promise<PrivateRun> {
    const alone = ['unshare', '--mount', '--propagation', 'slave'];
    return new PrivateRun(await Daemon.start([...alone, 'sh', '-c', SCRIPT]));
  }

  /** An argv that runs `argv` with this /run. */
  inside(argv: readonly string[]): string[] {
    return ['nsenter', `--mount=/proc/${this.#holder.pid}/ns/mnt`, ...argv];
  }

  /** Where a path of that /run is for others. */
  path(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`;
  }

  /** Where its agents keep journals. */
  get journals(): string {
    return this.path(JOURNALS);
  }

  async remove(): Promise<void> {
    await this.#holder.stop('SIGKILL');
  }
}
