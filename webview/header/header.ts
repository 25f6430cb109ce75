import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Header } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { countOf, tooltip } from '../format';
import { icon } from '../icon';
import type { Store } from '../store';
import './mode-switch';
import { VERDICTS } from './verdict';

/** Says which workload this is, what redirects it, and lets a person switch and pause. */
@customElement('mr-header')
export class HeaderView extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;

  constructor() {
    super();
    this.follow(() => [this.store.header, this.store.connection, this.store.live]);
  }

  override render(): TemplateResult {
    const header = this.store.header.value;
    if (!header)
      return html`<header class="unknown" aria-busy="true"><h1 class="visually-hidden">Rules</h1></header>`;
    return html`
      <header>
        <div class="who">
          <h1 title=${tooltip(header.workload)}>${header.workload}</h1>
          <span class="node" title=${tooltip(header.node)}>${icon('vm')}<span>${header.node}</span></span>
          ${this.#live()}
        </div>
        <div class="what">
          ${this.#verdict(header)}
          <mr-mode-switch
            .actions=${this.actions}
            .mode=${header.mode}
            .switching=${header.switching}
            .readOnly=${header.readOnly}
            .offline=${this.store.connection.value.state !== 'connected'}
          ></mr-mode-switch>
        </div>
      </header>
    `;
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
