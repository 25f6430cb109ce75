import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ExplanationView } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { icon } from '../icon';
import { emptyState, loading } from '../placeholders';
import type { Store } from '../store';
import './form-view';
import { liveView } from './live-view';
import { metOf } from './packet';
import { stationView } from './station';

/** What becomes of one connection: as the rules and maps say, and as the kernel does. */
@customElement('mr-trace')
export class Trace extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;

  constructor() {
    super();
    this.follow(() => [
      ...[this.store.explanation, this.store.explanationFault, this.store.liveTrace],
      ...[this.store.connection, this.store.failure, this.store.header, this.store.ui],
    ]);
  }

  override render(): TemplateResult {
    if (!this.store.header.value) return loading('Reading the workload…', this.store);
    return html`
      <mr-trace-form .store=${this.store} .actions=${this.actions}></mr-trace-form>
      <div class="result" tabindex="0" role="region" aria-label="Result">${this.#result()}</div>
    `;
  }

  #result(): TemplateResult {
    const fault = this.store.explanationFault.value;
    if (fault !== null) return emptyState('error', 'This connection cannot be explained', fault);
    const explanation = this.store.explanation.value;
    if (!explanation) {
      return emptyState(
        'milestone',
        'What would become of a connection?',
        'Fill it in, or pick one that is open, and press Explain.',
      );
    }
    const live = this.store.liveTrace.value;
    return html`${this.#explained(explanation)} ${live ? liveView(live) : nothing}`;
  }

  #explained({ stations, end, certain }: ExplanationView): TemplateResult {
    const packets = this.store.liveTrace.value?.packets ?? [];
    return html`
      <p class="conclusion" data-certain=${certain ? 'yes' : 'no'} role="status">
        ${icon(certain ? 'target' : 'question')} The connection ${end}.
      </p>
      ${
        stations.length === 0
          ? html`<p class="hint">No rule of nat and no hook of ours is there to decide anything else.</p>`
          : stations.map((station) =>
              stationView(station, {
                filter: this.store.ui.value.filter.trim().toLowerCase(),
                met: metOf(station, packets),
                open: ({ place, rule }) => {
                  if (station.ruleset) this.actions.showRule(station.ruleset, 'nat', place, rule);
                },
              }),
            )
      }
    `;
  }
}
