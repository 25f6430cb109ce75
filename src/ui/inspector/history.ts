import * as vscode from 'vscode';
import { changesText, structureLines } from '../../core/history';
import type { Snapshot } from '../../core/model';
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

/** What was seen of workloads within the last hour, each time that its structure was another. */
export class History extends Disposable {
  readonly #moments = new Map<WorkloadEntry, Moment[]>();
  readonly #changed = this._register(new vscode.EventEmitter<WorkloadEntry>());
  readonly onDidChange = this.#changed.event;
  #next = 1;

  /** Has every look at a workload remembered. */
  recording(observe: Observe): Observe {
    return async (agent, workload) => {
      const observed = await observe(agent, workload);
      this.#record(workload, observed.snapshot);
      return observed;
    };
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
    if (last && last.lines.length === lines.length && last.lines.every((line, at) => line === lines[at]))
      return;
    const id = this.#next++;
    const changes = last ? changesText(last.lines, lines) || 'another order' : 'first seen';
    const by = workload.switchingTo === null ? null : 'while Mesh Redirect switched it';
    const view: MomentView = { id, taken: snapshot.taken, changes, by };
    const size = lines.reduce((sum, line) => sum + line.length, 0);
    const since = snapshot.taken - HOUR;
    // The last one before the hour is what the hour began with.
    const recent = known.filter(
      (moment, at) => moment.taken >= since || (known[at + 1]?.taken ?? Infinity) >= since,
    );
    this.#moments.delete(workload);
    this.#moments.set(
      workload,
      [...recent, { id, taken: snapshot.taken, lines, size, view }].slice(-MOMENTS),
    );
    this.#forget();
    this.#changed.fire(workload);
  }

  /** Keeps within the bound: the workloads that changed longest ago lose their oldest moments first. */
  #forget(): void {
    let size = [...this.#moments.values()].flat().reduce((sum, moment) => sum + moment.size, 0);
    for (const [workload, moments] of this.#moments) {
      if (workload.isDisposed) this.#moments.delete(workload);
      while (size > CHARACTERS && moments.length > 2) size -= moments.shift()?.size ?? 0;
    }
  }
}
