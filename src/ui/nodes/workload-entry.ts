import * as vscode from 'vscode';
import type { Pod, Snapshot, Workload } from '../../core/model';
import { podLabel, workloadLabel } from '../../core/model';
import type { SidecarSighting } from '../../core/pods';
import type { Mode, Verdict } from '../../core/redirect';
import { Disposable, type Owned } from '../dispose';
import type { Explanation } from '../errors';
import type { WorkloadKey } from '../switching/saved-states';
import type { NodeEntry } from './node-entry';
import type { CheckTitle, Observed } from './observe';

/** What is known of a workload's redirection. */
export type Observation =
  | { kind: 'unknown' }
  | { kind: 'observed'; verdict: Verdict; checks: readonly CheckTitle[]; sidecar: SidecarSighting }
  | { kind: 'failed'; failure: Explanation };

/** A workload as the extension knows it. One object for as long as the workload lives: the tree relies on it. */
export class WorkloadEntry extends Disposable {
  readonly node: NodeEntry;
  readonly #changed = this._register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #workload: Workload;
  #pod: Pod | null;
  #observation: Observation = { kind: 'unknown' };
  #switchingTo: Mode | null = null;
  #declared: Mode | undefined;

  constructor(node: NodeEntry, workload: Workload, pod: Pod | null) {
    super();
    this.node = node;
    this.#workload = workload;
    this.#pod = pod;
  }

  get id(): string {
    return this.#workload.id;
  }

  get label(): string {
    return this.#pod ? podLabel(this.#pod) : workloadLabel(this.#workload);
  }

  /** The pod that it is, where its node tells of one. */
  get pod(): Pod | null {
    return this.#pod;
  }

  get workload(): Workload {
    return this.#workload;
  }

  get observation(): Observation {
    return this.#observation;
  }

  /** The mode that a running switch leads to; null while none runs. */
  get switchingTo(): Mode | null {
    return this.#switchingTo;
  }

  /**
   * The mode of the last switch made here, also of this pod before its node was started anew; before one, the mode that is
   * observed. Null where that is none of ours.
   */
  get declared(): Mode | null {
    const declared = this.#declared ?? this.node.declarations.get(this.#pod?.uid ?? '');
    if (declared !== undefined) return declared;
    if (this.#observation.kind !== 'observed') return null;
    const { kind } = this.#observation.verdict;
    return kind === 'none' || kind === 'iptables' || kind === 'ebpf' ? kind : null;
  }

  /** Names it across restarts of VS Code. Throws NodeError where its node is not connected. */
  key(): WorkloadKey {
    return { node: this.node.id, boot: this.node.connection().info.bootId, workload: this.id };
  }

  /** Has something end with it, such as what is remembered of it elsewhere. */
  own(owned: Owned): void {
    this._register(owned);
  }

  /** Looks at it now (`NodeEntry.observe`). */
  observe(): Promise<Snapshot | null> {
    return this.node.observe(this);
  }

  update(workload: Workload, pod: Pod | null): void {
    const before = seen(this.#workload, this.#pod);
    this.#workload = workload;
    this.#pod = pod;
    if (seen(workload, pod) !== before) this.#changed.fire();
  }

  observed({ snapshot, verdict, checks, sidecar }: Observed): void {
    this.#workload = snapshot.workload;
    this.#observation = { kind: 'observed', verdict, checks, sidecar };
    this.#changed.fire();
  }

  failed(failure: Explanation): void {
    this.#observation = { kind: 'failed', failure };
    this.#changed.fire();
  }

  /** Marks a switch for as long as `run` takes; declares `mode` if it succeeds. */
  async switching<T>(mode: Mode, run: () => Promise<T>): Promise<T> {
    this.#switchingTo = mode;
    this.#changed.fire();
    try {
      const result = await run();
      this.#declared = mode;
      if (this.#pod) this.node.declarations.set(this.#pod.uid, mode);
      return result;
    } finally {
      this.#switchingTo = null;
      this.#changed.fire();
    }
  }
}

/** What is worth a row's being drawn anew. On a node itself processes come and go all the time. */
function seen({ processes, processCount, ...workload }: Workload, pod: Pod | null): string {
  return JSON.stringify(workload.host ? workload : [workload, processes, processCount, pod]);
}
