import * as z from 'zod';
import { SavedState } from '../../core/redirect';
import type { Unsubscribe } from '../../nodes/agent/agent';
import { Listeners } from '../../nodes/agent/listeners';

/** What of `vscode.Memento` is needed. */
export interface Store {
  get(key: string): unknown;
  update(key: string, value: unknown): Thenable<void>;
}

/** A workload for as long as its node runs. */
const Key = z.object({
  node: z.string(),
  /** Of the node's kernel: ids of workloads are used again after a boot. */
  boot: z.string(),
  workload: z.string(),
});
export type WorkloadKey = z.infer<typeof Key>;

const Saved = z.object({
  /** When it was switched: milliseconds since the epoch, by this machine's clock. */
  at: z.number(),
  to: z.enum(['none', 'iptables', 'ebpf']),
  /** What redirected before. */
  state: SavedState,
});
/** What there was before the last switch of a workload. */
export type Saved = z.infer<typeof Saved>;

const Entry = z.object({ ...Key.shape, ...Saved.shape });
type Entry = z.infer<typeof Entry>;

const KEY = 'meshRedirect.savedStates';

/** So many are kept; of more, the oldest goes. */
export const MOST = 50;

const sameWorkload = (a: WorkloadKey, b: WorkloadKey): boolean =>
  a.node === b.node && a.boot === b.boot && a.workload === b.workload;

/** The states to roll back to, one a workload: kept by VS Code across restarts, and shared by its windows. */
export class SavedStates {
  readonly #store: Store;
  #read: { value: unknown; entries: Entry[] } = { value: undefined, entries: [] };
  readonly #changes = new Listeners<readonly WorkloadKey[]>();
  /** One writing after another: each begins with what is there by then. */
  #writing: Promise<void> = Promise.resolve();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Told of the workloads for which something else is kept now. */
  onDidChange(listener: (changed: readonly WorkloadKey[]) => void): Unsubscribe {
    return this.#changes.add(listener);
  }

  of(key: WorkloadKey): Saved | null {
    return this.#entries().find((entry) => sameWorkload(entry, key)) ?? null;
  }

  /** Takes the place of what was kept for the same workload. */
  async keep(key: WorkloadKey, saved: Saved): Promise<void> {
    await this.#write((entries) =>
      [...entries.filter((entry) => !sameWorkload(entry, key)), { ...key, ...saved }].slice(-MOST),
    );
  }

  async forget(key: WorkloadKey): Promise<void> {
    await this.#write((entries) => entries.filter((entry) => !sameWorkload(entry, key)));
  }

  /** Forgets the workloads of a node that are gone: of an earlier boot, or no longer on its list. */
  async forgetGone(node: string, boot: string, workloads: ReadonlySet<string>): Promise<void> {
    await this.#write((entries) =>
      entries.filter(
        (entry) => entry.node !== node || (entry.boot === boot && workloads.has(entry.workload)),
      ),
    );
  }

  #entries(): Entry[] {
    const value = this.#store.get(KEY);
    // The tree asks for each row: what was read stays read until something else is there.
    if (value !== this.#read.value) this.#read = { value, entries: parseEntries(value) };
    return this.#read.entries;
  }

  #write(change: (entries: Entry[]) => Entry[]): Promise<void> {
    const writing = this.#writing.then(async () => {
      const before = this.#entries();
      const after = change(before);
      const changed = [
        ...before.filter((entry) => !after.includes(entry)),
        ...after.filter((entry) => !before.includes(entry)),
      ];
      if (changed.length === 0) return;
      await this.#store.update(KEY, after);
      this.#changes.emit(changed);
    });
    this.#writing = writing.catch(() => undefined);
    return writing;
  }
}

/** What is not of our shape is passed over: another version of the extension may have written it. */
function parseEntries(value: unknown): Entry[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((entry: unknown) => {
    const parsed = Entry.safeParse(entry);
    return parsed.success ? [parsed.data] : [];
  });
}
