import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Header } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { icon } from '../icon';
import { chosenRadio } from '../toolkit';
import { MODES } from './verdict';

/**
 * Chooses a mode, then switches to it. Two steps, because the arrow keys choose in a radio group: moving through
 * it must not redirect traffic.
 */
@customElement('mr-mode-switch')
export class ModeSwitch extends View {
  @property({ attribute: false }) actions!: Actions;
  @property() mode: Header['mode'] = 'none';
  @property({ type: Boolean }) switching = false;
  /** Nothing may be changed on the node: a switch can only be previewed. */
  @property({ type: Boolean }) readOnly = false;
  /** No agent is there to switch with. */
  @property({ type: Boolean }) offline = false;
  @state() chosen: Header['mode'] | null = null;

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('mode') || (changed.get('switching') === true && !this.switching)) this.chosen = null;
  }

  override render(): TemplateResult {
    const shown = this.chosen ?? this.mode;
    return html`
      <vscode-radio-group
        .value=${shown}
        ?disabled=${this.switching || this.offline}
        @change=${(event: Event) => {
          this.chosen = chosenRadio(event.currentTarget) as Header['mode'];
        }}
      >
        <label slot="label">Mode</label>
        ${Object.entries(MODES).map(
          ([mode, label]) => html`<vscode-radio value=${mode}>${label}</vscode-radio>`,
        )}
      </vscode-radio-group>
      ${this.switching ? this.#busy() : shown === this.mode ? nothing : this.#confirm(shown)}
    `;
  }

  #busy(): TemplateResult {
    return html`<span class="busy" role="status">
      <vscode-progress-ring aria-hidden="true"></vscode-progress-ring>
      Switching…
    </span>`;
  }

  #confirm(to: Header['mode']): TemplateResult {
    return html`
      <vscode-button
        appearance="primary"
        class="confirm"
        title=${this.readOnly ? 'The node is set to read-only' : nothing}
        ?disabled=${this.offline || this.readOnly}
        @click=${() => {
          this.actions.switchMode(to);
        }}
      >
        ${to === 'none' ? 'Remove redirection' : `Switch to ${MODES[to]}`}
      </vscode-button>
      <vscode-button
        appearance="secondary"
        class="preview"
        ?disabled=${this.offline}
        @click=${() => {
          this.actions.previewSwitch(to);
        }}
      >
        Preview
      </vscode-button>
      <vscode-button
        appearance="icon"
        aria-label="Keep the mode as it is"
        title="Keep the mode as it is"
        @click=${() => {
          this.chosen = null;
        }}
      >
        ${icon('close')}
      </vscode-button>
    `;
  }
}
