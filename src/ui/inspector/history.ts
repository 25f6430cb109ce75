import * as vscode from 'vscode';
import { changesText, structureLines, writersSince, writersText } from '../../core/history';
import type { RuleWriter, Snapshot } from '../../core/model';
import type { MomentView } from '../../protocol/inspector';
import { Disposable } from '../dispose';
import type { Observe } from '../nodes/observe';
import type { WorkloadEntry } from '../nodes/workload-entry';

/** How far back is remembered, in milliseconds. */
const HOUR = 3600_000;

/** Of one workload, and of all together in characters: a moment of 50,000 rules has some millions. */
const MOMENTS = 100;
const CHARACTERS = 64_000_000;

interface Moment {
  id: number;
  /** Milliseconds, by the node's clock. */
  taken: number;
  lines: readonly string[];
  size: number;
  view: MomentView;
}

const sizeOf = (moments: readonly Moment[]): number => moments.reduce((sum, { size }) => sum + size, 0);

/** What was seen of workloads within the last hour, each time that its structure was another. */
export class History extends Disposable {
  readonly #moments = new Map<WorkloadEntry, Moment[]>();
  /** Who has changed rules since the last look, as a watch told. */
  readonly #writers = new Map<WorkloadEntry, RuleWriter[]>();
  /** Those whom the latest look has told of. */
  readonly #told = new Map<WorkloadEntry, Snapshot['writers']>();
  readonly #changed = this._register(new vscode.EventEmitter<WorkloadEntry>());
  readonly onDidChange = this.#changed.event;
  #next = 1;
  /** Of all moments together, in characters. */
  #size = 0;

  /** Has every look at a workload remembered. */
  recording(observe: Observe): Observe {
    return async (agent, workload) => {
      const observed = await observe(agent, workload);
      this.#record(workload, observed.snapshot);
      return observed;
    };
  }

  /** The kernel has told who changed rules of it. The next look sees what. */
  wrote(workload: WorkloadEntry, writers: readonly RuleWriter[]): void {
    this.#writers.set(workload, [...(this.#writers.get(workload) ?? []), ...writers]);
  }

  /** The latest last. */
  of(workload: WorkloadEntry): MomentView[] {
    return (this.#moments.get(workload) ?? []).map(({ view }) => view);
  }

  /** What there was then, for the diff editor; null where it is forgotten. */
  text(workload: WorkloadEntry, id: number): string | null {
    const moment = this.#moments.get(workload)?.find((one) => one.id === id);
    return moment ? `${moment.lines.join('\n')}\n` : null;
  }

  #record(workload: WorkloadEntry, snapshot: Snapshot): void {
    const known = this.#moments.get(workload) ?? [];
    const lines = structureLines(snapshot);
    const last = known.at(-1);
    const writers = this.#writersOf(workload, snapshot);
    if (last && last.lines.length === lines.length && last.lines.every((line, at) => line === lines[at]))
      return;
    const id = this.#next++;
    const changes = last ? changesText(last.lines, lines) || 'another order' : 'first seen';
    const by =
      workload.switchingTo !== null
        ? 'while Mesh Redirect switched it'
        : writers.length > 0
          ? writersText(writers)
          : null;
    const view: MomentView = { id, taken: snapshot.taken, changes, by };
    const size = lines.reduce((sum, line) => sum + line.length, 0);
    const since = snapshot.taken - HOUR;
    // The last one before the hour is what the hour began with.
    const recent = known.filter(
      (moment, at) => moment.taken >= since || (known[at + 1]?.taken ?? Infinity) >= since,
    );
    this.#keep(workload, [...recent, { id, taken: snapshot.taken, lines, size, view }].slice(-MOMENTS));
    if (known.length === 0) {
      workload.own({
        dispose: () => {
          this.#drop(workload);
          this.#told.delete(workload);
        },
      });
    }
    if (this.#size > CHARACTERS) this.#forget();
    this.#changed.fire(workload);
  }

  /** Who has changed rules between the look before and this one: some are told of by the watch and by the look. */
  #writersOf(workload: WorkloadEntry, { writers }: Snapshot): RuleWriter[] {
    const watched = this.#writers.get(workload) ?? [];
    const since = writersSince(this.#told.get(workload) ?? null, writers);
    this.#writers.delete(workload);
    this.#told.set(workload, writers);
    return [...watched, ...since];
  }

  /** The workload that changed last is the last one. */
  #keep(workload: WorkloadEntry, moments: Moment[]): void {
    this.#drop(workload);
    this.#moments.set(workload, moments);
    this.#size += sizeOf(moments);
  }

  #drop(workload: WorkloadEntry): void {
    this.#size -= sizeOf(this.#moments.get(workload) ?? []);
    this.#moments.delete(workload);
  }

  /** Keeps within the bound: the workloads that changed longest ago lose their oldest moments first. */
  #forget(): void {
    for (const moments of this.#moments.values()) {
      while (this.#size > CHARACTERS && moments.length > 2) this.#size -= moments.shift()?.size ?? 0;
    }
  }
}
