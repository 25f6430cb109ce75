import * as vscode from 'vscode';
import type { RollOut, RollOutState, Stage } from '../../redirect';
import type { Board } from '../../protocol/board';
import { Disposable } from '../dispose';
import type { Failures } from '../failures';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { verdictText } from '../tree/verdict-look';
import { BoardPanel } from './board-panel';
import { rollOutPage, rollOutSummary } from './words';

/** One roll-out with its board. It goes on where the board is closed, and its progress can still be cancelled. */
export class ShownRollOut extends Disposable {
  readonly #title: string;
  readonly #rollOut: RollOut<WorkloadEntry>;
  readonly #failures: Failures;
  readonly #panel: BoardPanel;
  readonly #cancel = new AbortController();
  readonly #began = new Date();

  /** @param start makes the roll-out; it is given what to call at each change */
  constructor(
    extensionUri: vscode.Uri,
    title: string,
    failures: Failures,
    start: (onChange: () => void) => RollOut<WorkloadEntry>,
  ) {
    super();
    this.#title = title;
    this.#failures = failures;
    this.#rollOut = start(() => {
      this.#panel.update();
    });
    this.#panel = new BoardPanel(
      extensionUri,
      title,
      () => this.#board(),
      (message) => {
        void this.#failures.guard(() => this.#receive(message.type));
      },
    );
    // A row's verdict is the tree's own.
    for (const workload of this.#rollOut.targets) {
      this._register(
        workload.onDidChange(() => {
          this.#panel.update();
        }),
      );
    }
  }

  /** Runs it to its end under a progress that can be cancelled as the board can, and says what came of it. */
  async run(): Promise<RollOutState> {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: this.#title, cancellable: true },
      async (_progress, token) => {
        const subscription = token.onCancellationRequested(() => {
          this.#cancel.abort();
        });
        try {
          await this.#rollOut.run(this.#cancel.signal);
        } finally {
          subscription.dispose();
        }
      },
    );
    this.#panel.update();
    return this.#rollOut.state;
  }

  /** Tells how it ended; not waited for by who runs it. */
  async tell(): Promise<void> {
    const { state } = this.#rollOut;
    const show = state === 'done' ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
    const save = 'Save Summary…';
    if ((await show(this.#board().summary, save)) === save) await this.#save();
  }

  async #receive(type: 'cancel' | 'undo-all' | 'save' | 'ready'): Promise<void> {
    if (type === 'cancel') this.#cancel.abort();
    else if (type === 'save') await this.#save();
    else if (type === 'undo-all' && this.#rollOut.state !== 'running') await this.#rollOut.undoAll();
  }

  async #save(): Promise<void> {
    const uri = await vscode.window.showSaveDialog({
      title: 'Save Summary',
      filters: { Markdown: ['md'] },
      saveLabel: 'Save Summary',
    });
    if (!uri) return;
    const page = rollOutPage(this.#board(), this.#began.toLocaleString(), new Date().toLocaleString());
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(page));
  }

  #board(): Board {
    const { targets, state } = this.#rollOut;
    const stages = targets.map((target) => this.#rollOut.stage(target));
    return {
      title: this.#title,
      summary: rollOutSummary(
        state,
        stages.map(({ kind }) => kind),
      ),
      state,
      canUndo: stages.some(({ kind }) => kind === 'done'),
      rows: targets.map((target, index) => rowOf(target, stages[index])),
    };
  }
}

function rowOf(workload: WorkloadEntry, stage: Stage | undefined): Board['rows'][number] {
  const { node, id, label, observation, declared } = workload;
  const verdict = observation.kind === 'observed' ? verdictText(observation.verdict, declared) : '';
  const { kind = 'waiting', text = '' } = stage ?? {};
  return { id: `${node.id}/${id}`, workload: label, node: node.node.label, stage: kind, text, verdict };
}
