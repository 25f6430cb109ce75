import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Header } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { countOf, tooltip } from '../format';
import { icon } from '../icon';
import type { Store } from '../store';
import './mode-switch';
import { unknownVerdict } from './unknown-verdict';
import { VERDICTS } from './verdict';

/** Says which workload this is, what redirects it, and lets a person switch and pause. */
@customElement('mr-header')
export class HeaderView extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;

  constructor() {
    super();
    this.follow(() => [this.store.header, this.store.connection, this.store.failure, this.store.live]);
  }

  override render(): TemplateResult {
    const header = this.store.header.value;
    const who = header ?? this.store.ui.value.who;
    return html`
      <header aria-busy=${header === null}>
        <div class="who">
          ${
            who === null
              ? html`<h1>Rules</h1>`
              : html`<h1 title=${tooltip(who.workload)}>${who.workload}</h1>
                  <span class="node" title=${tooltip(who.node)}>${icon('vm')}<span>${who.node}</span></span>`
          }
          ${this.#live()}
        </div>
        <div class="what">${header === null ? unknownVerdict(this.store) : this.#known(header)}</div>
      </header>
    `;
  }

  #known(header: Header): TemplateResult {
    return html`${this.#verdict(header)}
      <mr-mode-switch
        .actions=${this.actions}
        .mode=${header.mode}
        .switching=${header.switching}
        .readOnly=${header.readOnly}
        .offline=${this.store.connection.value.state !== 'connected'}
      ></mr-mode-switch>`;
  }

  #verdict(header: Header): TemplateResult {
    const look = VERDICTS[header.verdict];
    // What is gone has no mode to differ from.
    const notes = this.store.connection.value.state === 'gone' ? [] : header.notes;
    const badge = html`
      <span class="verdict verdict-${header.verdict}" title=${look.meaning}>
        ${icon(look.icon)}<span class="visually-hidden">Verdict: </span>${look.label}
      </span>
      ${header.detail === null ? nothing : html`<span class="detail">${header.detail}</span>`}
      ${notes.map((note) => html`<span class="note">${note}</span>`)}
    `;
    if (header.evidence.length === 0)
      return html`<div class="evidence"><div class="finding">${badge}</div></div>`;
    return html`
      <details class="evidence">
        <summary class="finding">
          ${icon('chevron-right', 'twistie')} ${badge}
          <span class="count">${countOf(header.evidence.length, 'finding')}</span>
        </summary>
        <ul>
          ${header.evidence.map((line) => html`<li>${line}</li>`)}
        </ul>
      </details>
    `;
  }

  #live(): TemplateResult | typeof nothing {
    const live = this.store.live.value;
    if (!live) return nothing;
    const connected = this.store.connection.value.state === 'connected';
    const every = `every ${live.interval / 1000} s`;
    return html`
      <span class="live" data-live=${live.paused || !connected ? 'no' : 'yes'}>
        <span class="state">${live.paused ? 'Paused' : html`${icon('circle-filled')} Live, ${every}`}</span>
        <vscode-button
          appearance="icon"
          ?disabled=${!connected}
          aria-label=${live.paused ? 'Resume live updates' : 'Pause live updates'}
          title=${live.paused ? `Resume live updates (${every})` : 'Pause live updates'}
          @click=${() => {
            this.actions.setPaused(!live.paused);
          }}
        >
          ${icon(live.paused ? 'debug-start' : 'debug-pause')}
        </vscode-button>
      </span>
    `;
  }
}
