import * as vscode from 'vscode';
import { kindNode, type AgentFiles, type CommandLog, type Node } from '../../nodes';
import { missingTool } from '../../nodes/kind/installed';
import type { KindSituation } from '../../nodes/kind/clusters';
import type { Tools } from '../../nodes/kind/tools';
import { Disposable } from '../dispose';
import { explain } from '../errors';
import type { Settings } from '../settings';

/** What is known of kind on this machine. */
export type KindKnowledge = KindSituation | { kind: 'unknown' } | { kind: 'failed'; message: string };

/** What is missing may be installed meanwhile: so many looks later it is looked for again. */
const LOOKS_WITHOUT = 10;

/** The nodes of this machine's kind clusters. Nothing is run before somebody looks. */
export class KindNodes extends Disposable {
  readonly #agents: AgentFiles;
  readonly #log: CommandLog;
  readonly #settings: Settings;
  readonly #changed = this._register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #known: KindKnowledge = { kind: 'unknown' };
  #nodes: readonly Node[] = [];
  #tools: Tools | null = null;
  #fingerprint: string | null = null;
  #without = 0;
  #looking: Promise<void> | null = null;

  constructor(agents: AgentFiles, log: CommandLog, settings: Settings) {
    super();
    this.#agents = agents;
    this.#log = log;
    this.#settings = settings;
    this._register(
      settings.onDidChangeNodes(() => {
        if (!settings.showsKind()) this.#become({ kind: 'unknown' });
      }),
    );
  }

  get known(): KindKnowledge {
    return this.#known;
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Looks what there is now, if it may have changed. Never rejects: what failed is known then. */
  async look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    await this.#looking;
  }

  /** The same for somebody who wants to know: also where a moment ago there was none. */
  async lookAgain(): Promise<KindKnowledge> {
    await this.#looking;
    this.#fingerprint = null;
    this.#without = 0;
    await this.look();
    return this.#known;
  }

  async #look(): Promise<void> {
    if (!this.#settings.showsKind() || this.#without-- > 0) return;
    const missing = await missingTool();
    if (missing !== null) {
      this.#become({ kind: 'missing', what: missing });
      this.#without = LOOKS_WITHOUT;
      return;
    }
    const [{ findClusters, fingerprint }, { Tools }] = await Promise.all([
      import('../../nodes/kind/clusters'),
      import('../../nodes/kind/tools'),
    ]);
    const tools = (this.#tools ??= new Tools(this.#log));
    const { signal } = new AbortController();
    try {
      // Taken before the list: what changes meanwhile is seen the next time.
      const before =
        this.#known.kind === 'found' ? await fingerprint(tools, this.#known.provider, signal) : null;
      if (before !== null && before === this.#fingerprint) return;
      this.#fingerprint = before;
      this.#become(await findClusters(tools, signal));
    } catch (error) {
      this.#become({ kind: 'failed', message: explain(error).message });
    }
    this.#without = this.#known.kind === 'found' ? 0 : LOOKS_WITHOUT;
  }

  #become(known: KindKnowledge): void {
    if (JSON.stringify(known) === JSON.stringify(this.#known) || this.isDisposed) return;
    this.#known = known;
    this.#nodes = known.kind === 'found' ? nodesOf(known, this.#agents) : [];
    this.#changed.fire();
  }
}

function nodesOf(situation: Extract<KindSituation, { kind: 'found' }>, agents: AgentFiles): Node[] {
  const { provider, clusters } = situation;
  return clusters.flatMap(({ name: cluster, nodes }) =>
    nodes.map((container) => kindNode({ cluster, container, provider }, agents)),
  );
}
