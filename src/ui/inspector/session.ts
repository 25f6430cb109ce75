import type { Policy } from '../../core/policy';
import type { Mode } from '../../core/redirect';
import type { FromInspector, ToInspector } from '../../protocol/inspector';
import { Disposable } from '../dispose';
import { explain } from '../errors';
import type { NodeEntry } from '../nodes/node-entry';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Settings } from '../settings';
import { connectionOf, headerOf } from './header';
import type { History } from './history';
import { LiveWorkload, type Shown } from './live';
import type { PanelSession } from './panel';

/** Names the workload of a panel: it is found again after a reload of the window. */
export interface Subject {
  nodeId: string;
  workloadId: string;
}

/** What a panel can make happen outside of itself. Failures are shown there. */
export interface InspectorActions {
  reconnect(node: NodeEntry): Promise<void>;
  switchMode(workload: WorkloadEntry, mode: Mode): Promise<void>;
  /** Opens the rules as a document. */
  showRules(workload: WorkloadEntry): Promise<void>;
  /** Puts a text into the clipboard, and says so. */
  copy(text: string): void;
  previewSwitch(workload: WorkloadEntry, mode: Mode): Promise<void>;
  /** What was seen of workloads. */
  history: Pick<History, 'of' | 'onDidChange' | 'wrote'>;
  /** Shows two moments of `history`, by their ids. */
  compare(workload: WorkloadEntry, from: number, to: number): Promise<void>;
  /** Shows this workload beside another one, which is asked for. */
  compareWorkload(workload: WorkloadEntry): Promise<void>;
  /** Shows what its policy means in one mode beside the other. */
  compareModes(workload: WorkloadEntry): Promise<void>;
  /** Writes it to a file, which is asked for. */
  exportSnapshot(workload: WorkloadEntry): Promise<void>;
  /** What a workload is explained under. */
  policy(workload: WorkloadEntry): Promise<Policy>;
}

/** Decides what one inspector is told: everything when it asks, then only what changed, and only what it shows. */
export class InspectorSession extends Disposable implements PanelSession {
  readonly #subject: Subject;
  readonly #registry: NodeRegistry;
  readonly #settings: Settings;
  readonly #actions: InspectorActions;
  readonly #post: (message: ToInspector) => void;
  #visible = false;
  #paused = false;
  #view: Shown['view'] = 'chains';
  #seenRules: Shown['rules'] = [];
  #live: { workload: WorkloadEntry; view: LiveWorkload } | null = null;
  #connection = '';

  constructor(
    subject: Subject,
    registry: NodeRegistry,
    settings: Settings,
    actions: InspectorActions,
    post: (message: ToInspector) => void,
  ) {
    super();
    this.#subject = subject;
    this.#registry = registry;
    this.#settings = settings;
    this.#actions = actions;
    this.#post = post;
    this._register(
      registry.onDidChange((changed) => {
        if (!this.#visible) return;
        if (changed === undefined || changed === this.#node) this.#follow();
        else if (changed === this.#workload) this.#sendHeader();
      }),
    );
    this._register(
      actions.history.onDidChange((changed) => {
        if (this.#visible && changed === this.#workload) this.#sendHistory(changed);
      }),
    );
    this._register(
      settings.onDidChangeInspector(() => {
        this.#showOther();
      }),
    );
  }

  receive(message: FromInspector): void {
    switch (message.type) {
      case 'ready':
        this.#begin();
        break;
      case 'showView':
        this.#view = message.view;
        this.#live?.view.show(this.#shown);
        break;
      case 'seeRules':
        this.#seenRules = message.rules;
        this.#live?.view.show(this.#shown);
        break;
      case 'openMap':
        this.#try(this.#live?.view.openMap(message.map));
        break;
      case 'readSource':
        this.#try(this.#live?.view.readSource(message.program));
        break;
      case 'loadMoreRows':
        this.#try(this.#live?.view.loadMore(message.map));
        break;
      case 'searchMap':
        this.#try(this.#live?.view.searchMap(message.map, message.filter));
        break;
      case 'loadAllRows':
        this.#try(this.#live?.view.loadAll(message.map));
        break;
      case 'stopReading':
        this.#live?.view.stopReading();
        break;
      case 'seeRows':
        this.#live?.view.seeRows(message.map, message.rows);
        break;
      case 'setPaused':
        this.#paused = message.paused;
        this.#showOther();
        break;
      case 'switchMode':
        if (this.#workload) void this.#actions.switchMode(this.#workload, message.mode);
        break;
      case 'copy':
        this.#actions.copy(message.text);
        break;
      case 'previewSwitch':
        if (this.#workload) void this.#actions.previewSwitch(this.#workload, message.mode);
        break;
      case 'showRules':
        if (this.#workload) void this.#actions.showRules(this.#workload);
        break;
      case 'reconnect':
        if (this.#node) void this.#actions.reconnect(this.#node);
        break;
      case 'compare':
        if (this.#workload) void this.#actions.compare(this.#workload, message.from, message.to);
        break;
      case 'compareWorkload':
        if (this.#workload) void this.#actions.compareWorkload(this.#workload);
        break;
      case 'compareModes':
        if (this.#workload) void this.#actions.compareModes(this.#workload);
        break;
      case 'exportSnapshot':
        if (this.#workload) void this.#actions.exportSnapshot(this.#workload);
        break;
      case 'explain':
        this.#try(this.#live?.view.tracing.explain(message.query));
        break;
      case 'watchTrace':
        this.#try(this.#live?.view.tracing.watch(message.query));
        break;
      case 'stopTrace':
        this.#live?.view.tracing.stop();
        break;
      case 'listConnections':
        this.#try(this.#live?.view.tracing.listConnections());
        break;
    }
  }

  hidden(): void {
    this.#visible = false;
    this.#end();
  }

  override dispose(): void {
    this.#end();
    super.dispose();
  }

  get #node(): NodeEntry | undefined {
    return this.#registry.node(this.#subject.nodeId);
  }

  get #workload(): WorkloadEntry | undefined {
    return this.#node?.workload(this.#subject.workloadId);
  }

  get #shown(): Shown {
    const interval = this.#paused ? null : this.#settings.inspectorInterval();
    return { view: this.#view, interval, rules: this.#seenRules };
  }

  /** A page that knows nothing yet. */
  #begin(): void {
    this.#visible = true;
    this.#seenRules = [];
    this.#connection = '';
    this.#end();
    this.#sendLive();
    this.#sendHeader();
    this.#follow();
  }

  /** Follows the node's connection: what is shown live ends with it, and begins again with the next. */
  #follow(): void {
    const connection = connectionOf(this.#node, this.#workload);
    if (JSON.stringify(connection) !== this.#connection) {
      this.#connection = JSON.stringify(connection);
      this.#post({ type: 'connection', ...connection });
    }
    const workload = this.#workload;
    if (workload === this.#live?.workload) return;
    this.#end();
    const node = this.#node;
    if (!workload || node?.state.kind !== 'connected') return;
    const view = new LiveWorkload(node.state.connection.agent, workload, this.#shown, {
      post: this.#post,
      wrote: (writers) => {
        this.#actions.history.wrote(workload, writers);
      },
      policy: () => this.#actions.policy(workload),
      failed: (error) => {
        this.#fail(error);
      },
    });
    this.#live = { workload, view };
    this.#sendHistory(workload);
    this.#try(view.begin());
  }

  #end(): void {
    this.#live?.view.dispose();
    this.#live = null;
  }

  #showOther(): void {
    this.#sendLive();
    this.#live?.view.show(this.#shown);
  }

  #sendLive(): void {
    this.#post({ type: 'live', paused: this.#paused, interval: this.#settings.inspectorInterval() });
  }

  #sendHistory(workload: WorkloadEntry): void {
    this.#post({ type: 'history', moments: this.#actions.history.of(workload) });
  }

  #sendHeader(): void {
    const header = this.#workload && headerOf(this.#workload);
    if (header) this.#post({ type: 'header', header });
  }

  #try(running: Promise<void> | undefined): void {
    running?.catch((error: unknown) => {
      this.#fail(error);
    });
  }

  /** A lost connection is told by its banner; anything else that went wrong is told as it is. */
  #fail(error: unknown): void {
    if (this.#visible && this.#node?.state.kind === 'connected' && this.#node.interruption === null) {
      this.#post({ type: 'failure', ...explain(error) });
    }
  }
}
