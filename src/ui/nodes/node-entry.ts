import * as vscode from 'vscode';
import type { Snapshot } from '../../core/model';
import type { Mode } from '../../core/redirect';
import { AgentError, NodeError } from '../../nodes/errors';
import type { KeptConnection } from '../../nodes/keep';
import type { CommandLog, Connection, Node, Prompts } from '../../nodes/node';
import type { Lane } from '../../nodes/turns';
import { Disposable } from '../dispose';
import { explain, isCancellation, type Explanation } from '../errors';
import type { Recover } from '../recovery';
import type { NodeTurns } from './node-turns';
import type { Observe } from './observe';
import { PodFinder } from './pod-finder';
import type { WorkloadEntry } from './workload-entry';
import { WorkloadList } from './workload-list';

export type NodeState =
  | { kind: 'disconnected'; reason: string | null }
  /** Others are being connected to. */
  | { kind: 'waiting' }
  | { kind: 'connecting' }
  | { kind: 'connected'; connection: KeptConnection }
  | { kind: 'failed'; failure: Explanation };

/** What every node entry needs from outside. */
export interface NodeEntryServices {
  prompts: Prompts;
  log: CommandLog;
  turns: NodeTurns;
  observe: Observe;
  recover: Recover;
}

/** So many snapshots are asked for at once: enough to hide the round trips, few enough to spare the node. */
const SNAPSHOTS_AT_ONCE = 4;

const isUnknown = ({ observation }: WorkloadEntry): boolean => observation.kind === 'unknown';

/** A node as the extension knows it: its connection, and its workloads while it is connected. */
export class NodeEntry extends Disposable {
  readonly node: Node;
  /** The modes that its pods were switched to, by the pods' uids: they outlive the pods' namespaces. */
  readonly declarations = new Map<string, Mode>();
  readonly #services: NodeEntryServices;
  readonly #pods: PodFinder;
  readonly #changed = this._register(new vscode.EventEmitter<NodeEntry | WorkloadEntry>());
  /** Fires with what changed: the node (its state or its list of workloads), or one workload. */
  readonly onDidChange = this.#changed.event;
  #state: NodeState = { kind: 'disconnected', reason: null };
  readonly #workloads = new WorkloadList(this, (entry) => {
    this.#changed.fire(entry);
  });
  #listed = false;
  #connecting: { promise: Promise<void>; abort: AbortController } | null = null;
  readonly #refreshing = new Map<Lane, Promise<void>>();
  #relisting: Promise<void> | null = null;
  #looking: Promise<void> | null = null;

  constructor(node: Node, services: NodeEntryServices) {
    super();
    this.node = node;
    this.#services = services;
    this.#pods = new PodFinder(node.id, services.log);
  }

  get id(): string {
    return this.node.id;
  }

  get state(): NodeState {
    return this.#state;
  }

  /** True once the workloads of this connection are known. */
  get listed(): boolean {
    return this.#listed;
  }

  /** The host last, the others by name. */
  get workloads(): readonly WorkloadEntry[] {
    return this.#workloads.sorted;
  }

  workload(id: string): WorkloadEntry | undefined {
    return this.#workloads.get(id);
  }

  /** The running connection; throws with words for a person where there is none. */
  connection(): KeptConnection {
    if (this.#state.kind === 'connected') return this.#state.connection;
    throw new NodeError(
      'agent-ended',
      `${this.node.label} is not connected.`,
      'Connect to it and try again.',
    );
  }

  /** Why the connection is interrupted, and made again by itself; null while it is not. */
  get interruption(): string | null {
    return this.#state.kind === 'connected' ? this.#state.connection.interruption : null;
  }

  /** Whether the node is connected and nothing may be changed there. */
  get readOnly(): boolean {
    return this.#state.kind === 'connected' && this.#state.connection.readOnly;
  }

  /**
   * Connects, in its turn, and lists the workloads, which are then observed by the way. While one attempt runs, a second call joins it; where a connection is interrupted, the
   * next attempt to make it again does not wait.
   */
  async connect(signal: AbortSignal): Promise<void> {
    if (this.#state.kind === 'connected') {
      this.#state.connection.retry();
      return;
    }
    if (this.#connecting === null) {
      const abort = new AbortController();
      const promise = this.#connect(AbortSignal.any([signal, abort.signal])).finally(() => {
        this.#connecting = null;
      });
      this.#connecting = { promise, abort };
    }
    await this.#connecting.promise;
  }

  /** Opens a connection beside the one that there is. Whoever asked for it disposes it. */
  async connectAnother(signal = new AbortController().signal): Promise<Connection> {
    const { prompts, log } = this.#services;
    return await this.node.connect({ prompts, log, signal });
  }

  disconnect(): void {
    this.#connecting?.abort.abort();
    this.#end({ kind: 'disconnected', reason: null });
  }

  /**
   * Lists the workloads again and observes each. Rejects where the list cannot be read.
   * @param lane whether somebody waits for it
   */
  async refresh(lane: Lane = 'waited-for'): Promise<void> {
    let refreshing = this.#refreshing.get(lane);
    if (!refreshing) {
      refreshing = this.#refresh(lane).finally(() => {
        this.#refreshing.delete(lane);
      });
      this.#refreshing.set(lane, refreshing);
    }
    await refreshing;
  }

  /** Looks for workloads that came or went; those that came are then observed by the way. Rejects where the list cannot be read. */
  async relist(): Promise<void> {
    this.#relisting ??= this.#relist().finally(() => {
      this.#relisting = null;
    });
    await this.#relisting;
  }

  /** Somebody looks at its workloads: what is not known of them does not wait for what nobody looks at. */
  look(): void {
    const unknown = this.workloads.filter(isUnknown);
    if (this.#looking !== null || unknown.length === 0) return;
    this.#looking = this.#observeAll(unknown, 'waited-for', isUnknown).finally(() => {
      this.#looking = null;
    });
  }

  /** Refreshes on no one's order, by the way: a failure goes to the log only. */
  async refreshQuietly(): Promise<void> {
    try {
      await this.refresh('by-the-way');
    } catch (error) {
      const { message } = explain(error);
      this.#services.log.message({
        node: this.node.label,
        level: 'warn',
        text: `Refreshing failed: ${message}`,
      });
    }
  }

  /**
   * Observes one workload now. Null for one that has ended: it is taken off the list. Any other failure is shown in its
   * row, and rejects.
   */
  async observe(entry: WorkloadEntry): Promise<Snapshot | null> {
    const { agent } = this.connection();
    try {
      const observed = await this.#services.observe(agent, entry);
      entry.observed(observed);
      return observed.snapshot;
    } catch (error) {
      if (error instanceof AgentError && error.data.kind === 'no-such-workload') {
        this.remove(entry.id);
        return null;
      }
      entry.failed(explain(error));
      throw error;
    }
  }

  /** Takes a workload off the list whose namespace is gone. */
  remove(workloadId: string): void {
    if (this.#workloads.remove(workloadId)) this.#changed.fire(this);
  }

  override dispose(): void {
    this.#connecting?.abort.abort();
    if (this.#state.kind === 'connected') this.#state.connection.dispose();
    this.#workloads.clear();
    super.dispose();
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const { agent, readOnly } = await this.#open(signal);
    // In one go: the agent does one after the other, so what was cut off is ended before anything is looked at.
    const recovering = readOnly ? null : this.#services.recover(this, agent);
    const listing = this.relist();
    await Promise.allSettled([recovering, listing]);
    (await recovering)?.();
    await listing;
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    this.#become({ kind: 'waiting' });
    try {
      const { prompts, log, turns } = this.#services;
      const { keepConnected } = await import('../../nodes/keep');
      const connection = await turns.connect.run('waited-for', signal, (turn) => {
        this.#become({ kind: 'connecting' });
        return keepConnected(this.node, { prompts, log, signal, turn }, { turns: turns.reconnect });
      });
      if (signal.aborted || this.isDisposed) {
        connection.dispose();
        throw new NodeError('cancelled', `Connecting to ${this.node.label} was cancelled.`, 'Connect again.');
      }
      this.#become({ kind: 'connected', connection });
      void connection.agent.closed.then((reason) => {
        this.#lost(connection, reason);
      });
      let boot = connection.info.bootId;
      connection.onInterruption((interruption) => {
        // After a boot the same ids are those of other workloads.
        if (connection.info.bootId !== boot) this.#forgetWorkloads();
        boot = connection.info.bootId;
        this.#changed.fire(this);
        if (interruption === null) void this.refreshQuietly();
      });
      return connection;
    } catch (error) {
      this.#become(
        isCancellation(error)
          ? { kind: 'disconnected', reason: null }
          : { kind: 'failed', failure: explain(error) },
      );
      throw error;
    }
  }

  async #refresh(lane: Lane): Promise<void> {
    // Two lists at once could be taken in the wrong order. Who waits for that one is told how it failed.
    await this.#relisting?.catch(() => undefined);
    await this.#list();
    await this.#observeAll(this.workloads, lane);
  }

  async #relist(): Promise<void> {
    void this.#observeAll(await this.#list(), 'by-the-way', isUnknown);
  }

  /** Gives the workloads that were not there before. */
  async #list(): Promise<readonly WorkloadEntry[]> {
    const connection = this.connection();
    this.#pods.begin(connection);
    const { workloads } = await connection.agent.request('workloads/list', {});
    const pods = await this.#pods.find(connection, workloads);
    if (this.#state.kind !== 'connected' || this.#state.connection !== connection) return [];
    const { came, changed } = this.#workloads.set(workloads, pods);
    if (changed || !this.#listed) {
      this.#listed = true;
      this.#changed.fire(this);
    }
    return came;
  }

  /** Observes workloads, each in its turn, if it is still wanted then. */
  async #observeAll(
    entries: readonly WorkloadEntry[],
    lane: Lane,
    wanted: (entry: WorkloadEntry) => boolean = () => true,
  ): Promise<void> {
    const { observe } = this.#services.turns;
    const { signal } = new AbortController();
    const waiting = [...entries];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const entry = next;
        await observe.run(lane, signal, async () => {
          if (this.#state.kind !== 'connected' || entry.isDisposed || !wanted(entry)) return;
          // A failure is told by its row, and must not keep the others from being observed.
          await this.observe(entry).catch(() => null);
        });
      }
    };
    await Promise.all(Array.from({ length: SNAPSHOTS_AT_ONCE }, worker));
  }

  #lost(connection: Connection, ending: string): void {
    if (this.#state.kind !== 'connected' || this.#state.connection !== connection) return;
    this.#end({ kind: 'disconnected', reason: `the agent has ended (${ending})` });
  }

  #end(state: NodeState): void {
    if (this.#state.kind === 'connected') {
      const { connection } = this.#state;
      this.#state = state;
      connection.dispose();
    }
    this.#forgetWorkloads();
    this.#become(state);
  }

  #forgetWorkloads(): void {
    this.#workloads.clear();
    this.#listed = false;
  }

  #become(state: NodeState): void {
    this.#state = state;
    if (!this.isDisposed) this.#changed.fire(this);
  }
}
