import type { Pod, Workload } from '../../core/model';
import type { NodeEntry } from './node-entry';
import { WorkloadEntry } from './workload-entry';

/** The workloads of a node: an entry lives for as long as its workload is on the list. */
export class WorkloadList {
  readonly #node: NodeEntry;
  readonly #onChange: (entry: WorkloadEntry) => void;
  #entries = new Map<string, WorkloadEntry>();
  #sorted: readonly WorkloadEntry[] | null = null;

  /** @param onChange told of each entry that changes */
  constructor(node: NodeEntry, onChange: (entry: WorkloadEntry) => void) {
    this.#node = node;
    this.#onChange = onChange;
  }

  /** The host last, the others by name. */
  get sorted(): readonly WorkloadEntry[] {
    this.#sorted ??= [...this.#entries.values()].sort(
      (a, b) => Number(a.workload.host) - Number(b.workload.host) || a.label.localeCompare(b.label),
    );
    return this.#sorted;
  }

  get(id: string): WorkloadEntry | undefined {
    return this.#entries.get(id);
  }

  /** Takes a new list. Gives who came, and whether anybody came, went or has another name. */
  set(
    workloads: readonly Workload[],
    pods: ReadonlyMap<string, Pod>,
  ): { came: WorkloadEntry[]; changed: boolean } {
    const before = this.sorted.map(({ id, label }) => `${id} ${label}`).join();
    const old = this.#entries;
    this.#entries = new Map();
    const came: WorkloadEntry[] = [];
    for (const workload of workloads) {
      const pod = pods.get(workload.id) ?? null;
      const known = old.get(workload.id);
      old.delete(workload.id);
      known?.update(workload, pod);
      const entry = known ?? this.#create(workload, pod);
      if (!known) came.push(entry);
      this.#entries.set(workload.id, entry);
    }
    for (const entry of old.values()) entry.dispose();
    this.#sorted = null;
    const changed = before !== this.sorted.map(({ id, label }) => `${id} ${label}`).join();
    return { came, changed };
  }

  /** False where it is not there. */
  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (!entry) return false;
    this.#entries.delete(id);
    this.#sorted = null;
    entry.dispose();
    return true;
  }

  clear(): void {
    for (const entry of this.#entries.values()) entry.dispose();
    this.#entries.clear();
    this.#sorted = null;
  }

  #create(workload: Workload, pod: Pod | null): WorkloadEntry {
    const entry = new WorkloadEntry(this.#node, workload, pod);
    entry.onDidChange(() => {
      this.#onChange(entry);
    });
    return entry;
  }
}
