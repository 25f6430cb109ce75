import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { MomentView } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { emptyState, loading } from '../placeholders';
import type { Store } from '../store';

/** The changes of the last hour, of which any two moments can be compared. */
@customElement('mr-history')
export class HistoryView extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  /** The moment that others are compared with; null: the one before each. */
  @state() from: number | null = null;

  constructor() {
    super();
    this.follow(() => [this.store.moments, this.store.connection, this.store.failure, this.store.ui]);
  }

  override render(): TemplateResult {
    const connection = this.store.connection.value.state;
    if (connection === 'file') {
      return emptyState(
        'history',
        'A file holds one moment',
        'Open the workload on its node to see changes.',
      );
    }
    const moments = this.store.moments.value;
    if (!moments) return loading('Reading what has changed…', this.store);
    const offline = connection !== 'connected';
    const filter = this.store.ui.value.filter.trim().toLowerCase();
    const shown = moments.filter(({ changes, by }) =>
      `${changes} ${by ?? ''}`.toLowerCase().includes(filter),
    );
    return html`
      <div class="bar">
        <vscode-button
          appearance="secondary"
          ?disabled=${offline}
          @click=${() => {
            this.actions.compareWorkload();
          }}
          >Compare with workload…</vscode-button
        >
        <vscode-button
          appearance="secondary"
          ?disabled=${offline}
          @click=${() => {
            this.actions.compareModes();
          }}
          >Compare modes</vscode-button
        >
        <vscode-button
          appearance="secondary"
          ?disabled=${offline}
          @click=${() => {
            this.actions.exportSnapshot();
          }}
          >Export snapshot…</vscode-button
        >
        <span class="hint"
          >Changes of rules, hooks and maps that were seen within the last hour. Who changed rules the kernel
          tells for the nft back-end, from when the node was connected; for legacy rules it never does.</span
        >
      </div>
      ${
        shown.length === 0
          ? emptyState('filter', 'No change matches the filter', null)
          : html`<ol class="moments" tabindex="0" aria-label="Changes, the latest first">
              ${repeat(
                shown.toReversed(),
                ({ id }) => id,
                (moment) => this.#moment(moment, moments),
              )}
            </ol>`
      }
    `;
  }

  #moment({ id, taken, changes, by }: MomentView, moments: readonly MomentView[]): TemplateResult {
    const at = moments.findIndex((moment) => moment.id === id);
    const before = moments[at - 1]?.id ?? null;
    const chosen = moments.find((moment) => moment.id === this.from) ?? null;
    const time = new Date(taken).toLocaleTimeString();
    const link = (label: string, name: string, click: () => void): TemplateResult =>
      html`<button type="button" class="link" aria-label="${name}, ${time}" @click=${click}>
        ${label}
      </button>`;
    return html`<li ?data-chosen=${chosen?.id === id}>
      <time datetime=${new Date(taken).toISOString()}>${time}</time>
      <span class="changes">${changes}${by === null ? nothing : html` <span class="by">${by}</span>`}</span>
      <span class="doing">
        ${
          before === null
            ? nothing
            : link('Show change', 'Show change', () => {
                this.actions.compare(before, id);
              })
        }
        ${
          chosen === null
            ? link('Compare from here', 'Compare from here', () => {
                this.from = id;
              })
            : chosen.id === id
              ? link('Not from here', 'Do not compare from here', () => {
                  this.from = null;
                })
              : link(`Compare with ${new Date(chosen.taken).toLocaleTimeString()}`, 'Compare', () => {
                  this.actions.compare(Math.min(chosen.id, id), Math.max(chosen.id, id));
                })
        }
      </span>
    </li>`;
  }
}
