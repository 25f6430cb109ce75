import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Actions } from '../actions';
import { View } from '../element';
import { icon } from '../icon';
import type { ConnectionState, Failure, Store } from '../store';

/** What stands in the way: no connection, the workload is gone, or something just failed. */
@customElement('mr-banner')
export class Banner extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;

  constructor() {
    super();
    this.follow(() => [this.store.connection, this.store.notice]);
  }

  override render(): TemplateResult {
    const failure = this.store.notice.value;
    return html`
      <div role="status">${this.#connection(this.store.connection.value)}</div>
      <div role="alert">${failure ? this.#failure(failure) : nothing}</div>
    `;
  }

  #connection({ state, reason }: ConnectionState): TemplateResult | typeof nothing {
    switch (state) {
      case 'connected':
        return nothing;
      case 'connecting':
        return html`<div class="banner info">
          <vscode-progress-ring aria-hidden="true"></vscode-progress-ring>
          <p>Connecting${reason ? `: ${reason}` : '…'}</p>
        </div>`;
      case 'file':
        return html`<div class="banner info">
          ${icon('file')}
          <p><strong>A snapshot from a file.</strong> ${reason ?? nothing} Nothing here is live.</p>
        </div>`;
      case 'gone':
        return html`<div class="banner warning">
          ${icon('circle-slash')}
          <p>
            <strong>This workload is gone.</strong> ${reason ?? 'Its network namespace no longer exists.'}
          </p>
        </div>`;
      case 'disconnected':
        return html`<div class="banner warning">
          ${icon('debug-disconnect')}
          <p><strong>Disconnected.</strong> ${reason ?? nothing} What is shown below is no longer updated.</p>
          <vscode-button
            appearance="secondary"
            @click=${() => {
              this.actions.reconnect();
            }}
            >Reconnect</vscode-button
          >
        </div>`;
    }
  }

  #failure({ message, remedy }: Failure): TemplateResult {
    return html`<div class="banner error">
      ${icon('error')}
      <p><strong>${message}</strong> ${remedy ?? nothing}</p>
      <vscode-button
        appearance="icon"
        aria-label="Dismiss"
        title="Dismiss"
        @click=${() => {
          this.actions.dismissFailure();
        }}
      >
        ${icon('close')}
      </vscode-button>
    </div>`;
  }
}
