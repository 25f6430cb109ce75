import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Actions } from '../actions';
import { View } from '../element';
import { icon } from '../icon';
import type { Store } from '../store';
import { chosenRadio, fieldText } from '../toolkit';
import { formOf, readForm, type Fault, type TraceForm } from './form';

const FIELDS: { field: keyof TraceForm; label: string; hint: string; only?: TraceForm['direction'] }[] = [
  { field: 'uid', label: 'User', hint: 'UID', only: 'outbound' },
  { field: 'source', label: 'From', hint: 'any address', only: 'inbound' },
  { field: 'destination', label: 'Destination', hint: '10.0.0.1 or fd00::1' },
  { field: 'port', label: 'Port', hint: '80' },
  { field: 'interface', label: 'Interface', hint: 'as the route says' },
];

/** Which connection is meant: filled in, or picked among those that are open. */
@customElement('mr-trace-form')
export class TraceFormView extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  @state() fault: Fault | null = null;

  constructor() {
    super();
    this.follow(() => [
      this.store.ui,
      this.store.openConnections,
      this.store.liveTrace,
      this.store.connection,
      this.store.header,
    ]);
    this.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.target as Element).localName === 'vscode-text-field')
        this.#explain();
    });
  }

  override render(): TemplateResult {
    const form = this.store.ui.value.trace;
    const watching = this.store.liveTrace.value?.state === 'watching';
    const offline = this.store.connection.value.state !== 'connected';
    const readOnly = this.store.header.value?.readOnly === true && !offline;
    return html`
      <vscode-radio-group
        .value=${form.direction}
        @change=${(event: Event) => {
          this.#change({ direction: chosenRadio(event.currentTarget) as TraceForm['direction'] });
        }}
      >
        <label slot="label">Direction</label>
        <vscode-radio value="outbound">Outbound</vscode-radio>
        <vscode-radio value="inbound">Inbound</vscode-radio>
      </vscode-radio-group>
      ${FIELDS.filter(({ only }) => only === undefined || only === form.direction).map(
        ({ field, label, hint }) => this.#field(form, field, label, hint),
      )}
      <div class="buttons">
        <vscode-button
          appearance="primary"
          ?disabled=${offline}
          @click=${() => {
            this.#explain();
          }}
          >Explain</vscode-button
        >
        <vscode-button
          appearance="secondary"
          title=${readOnly ? 'The node is set to read-only' : nothing}
          ?disabled=${offline || readOnly}
          @click=${() => {
            if (watching) this.actions.stopTrace();
            else this.#watch();
          }}
          >${watching ? 'Stop watching' : 'Watch live'}</vscode-button
        >
      </div>
      ${this.#open(offline)}
      <p class="hint">
        Explain walks the rules and maps that are there now.
        ${
          readOnly
            ? html`Watch live would add a rule of its own to the node, which is set to read-only.`
            : html`Watch live has the kernel tell what it does with new connections such as this one, until
              you stop it, for two minutes at the most. No rule is changed.`
        }
      </p>
    `;
  }

  #field(form: TraceForm, field: keyof TraceForm, label: string, hint: string): TemplateResult {
    const fault = this.fault?.field === field ? this.fault.message : null;
    return html`<div class="field">
      <vscode-text-field
        data-field=${field}
        placeholder=${hint}
        .value=${form[field]}
        @input=${(event: Event) => {
          this.#change({ [field]: fieldText(event.target) });
        }}
        >${label}</vscode-text-field
      >
      ${fault === null ? nothing : html`<p class="fault" role="alert">${icon('error')} ${fault}</p>`}
    </div>`;
  }

  #open(offline: boolean): TemplateResult {
    const connections = this.store.openConnections.value;
    return html`<label class="open"
      >Open connections
      <select
        ?disabled=${offline}
        @focus=${() => {
          this.actions.listConnections();
        }}
        @change=${(event: Event) => {
          const select = event.currentTarget as HTMLSelectElement;
          const picked = connections?.[Number(select.value)];
          select.value = '';
          if (picked) this.#change(formOf(picked.query));
        }}
      >
        <option value="">
          ${connections === null ? 'pick one …' : connections.length === 0 ? 'none are open' : `pick one of ${connections.length} …`}
        </option>
        ${(connections ?? []).map(({ label }, index) => html`<option value=${index}>${label}</option>`)}
      </select>
    </label>`;
  }

  #change(change: Partial<TraceForm>): void {
    this.fault = null;
    this.actions.changeTrace(change);
  }

  #explain(): void {
    const query = readForm(this.store.ui.value.trace);
    if ('field' in query) this.#refuse(query);
    else this.actions.explain(query);
  }

  #watch(): void {
    const query = readForm(this.store.ui.value.trace);
    if ('field' in query) this.#refuse(query);
    else this.actions.watchTrace(query);
  }

  #refuse(fault: Fault): void {
    this.fault = fault;
    this.querySelector<HTMLElement>(`[data-field="${fault.field}"]`)?.focus();
  }
}
