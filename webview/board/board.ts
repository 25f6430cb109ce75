import { html, nothing, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { Board, BoardRow, FromBoard, StageKind } from '../../src/protocol/board';
import { View } from '../element';

/** How a stage looks: a codicon, and its word. */
const LOOKS: Readonly<Record<StageKind, { icon: string; word: string }>> = {
  waiting: { icon: 'circle-outline', word: 'waits' },
  switching: { icon: 'loading', word: 'is switched' },
  verifying: { icon: 'beaker', word: 'is verified' },
  done: { icon: 'pass', word: 'done' },
  failed: { icon: 'error', word: 'failed' },
  undoing: { icon: 'discard', word: 'is brought back' },
  undone: { icon: 'discard', word: 'brought back' },
  stuck: { icon: 'warning', word: 'needs a look' },
};

/** The board of a roll-out: a row for each workload, and what can be done about all of them. */
export class BoardView extends View {
  board: Board | null = null;
  readonly #post: (message: FromBoard) => void;

  constructor(post: (message: FromBoard) => void) {
    super();
    this.#post = post;
  }

  protected override render(): TemplateResult | typeof nothing {
    const { board } = this;
    if (!board) return nothing;
    return html`
      <header>
        <h1>${board.title}</h1>
        <p class="summary ${board.state}" role="status">${board.summary}</p>
        <div class="actions">${this.#actions(board)}</div>
      </header>
      <main>
        <table>
          <thead>
            <tr>
              <th scope="col">Workload</th>
              <th scope="col">Node</th>
              <th scope="col">Stage</th>
              <th scope="col">Step</th>
              <th scope="col">Verdict</th>
            </tr>
          </thead>
          <tbody>
            ${repeat(board.rows, ({ id }) => id, row)}
          </tbody>
        </table>
      </main>
    `;
  }

  #actions({ state, canUndo }: Board): TemplateResult {
    const button = (label: string, type: FromBoard['type'], appearance: string): TemplateResult => html`
      <vscode-button
        appearance=${appearance}
        @click=${() => {
          this.#post({ type });
        }}
        >${label}</vscode-button
      >
    `;
    if (state === 'running') return button('Cancel', 'cancel', 'primary');
    if (state === 'undoing') return html``;
    return html`${canUndo ? button('Undo All', 'undo-all', 'secondary') : nothing}
    ${button('Save Summary…', 'save', 'secondary')}`;
  }
}
customElements.define('mr-board', BoardView);

function row({ workload, node, stage, text, verdict }: BoardRow): TemplateResult {
  const { icon, word } = LOOKS[stage];
  return html`
    <tr class=${stage}>
      <th scope="row">${workload}</th>
      <td>${node}</td>
      <td class="stage"><i class="codicon codicon-${icon}" aria-hidden="true"></i> ${word}</td>
      <td>${text}</td>
      <td>${verdict}</td>
    </tr>
  `;
}
