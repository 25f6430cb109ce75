import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Actions } from '../actions';
import { View } from '../element';
import { icon } from '../icon';
import { seenRules } from '../model/seen-rules';
import { loading } from '../placeholders';
import type { Store } from '../store';
import { chosenRadio } from '../toolkit';
import './lane';
import type { OpenPlaceEvent } from './lane';
import { pathModel, type Lane, type PathEdge, type PathFacts, type PathModel } from './model';

const LANES: Record<Lane, string> = { outbound: 'Outbound', inbound: 'Inbound' };

/** Both directions on one picture: the hooks and the chains that a connection passes, in the kernel's order. */
@customElement('mr-path')
export class Path extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  @state() family: PathFacts['family'] = 'ipv4';
  @state() unfolded: ReadonlySet<string> = new Set();
  #lanes: { lane: Lane; model: PathModel }[] | null = null;

  constructor() {
    super();
    this.follow(() => [
      ...[this.store.rules, this.store.programs, this.store.hookCounters],
      ...[this.store.header, this.store.ui, this.store.connection, this.store.failure],
    ]);
    this.addEventListener('mr-open-place', (event) => {
      this.#open(event);
    });
  }

  override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    const rules = this.store.rules.value;
    const programs = this.store.programs.value;
    // Laying out takes its time, and rates move with each second: not while nobody looks.
    const isSeen = this.store.ui.value.view === 'path' && rules !== null && programs !== null;
    const { family, unfolded } = this;
    const hookCounters = this.store.hookCounters.value;
    this.#lanes = isSeen
      ? (Object.keys(LANES) as Lane[]).map((lane) => ({
          lane,
          model: pathModel(lane, { rulesets: rules.rulesets, programs, family, unfolded, hookCounters }),
        }))
      : null;
  }

  override render(): TemplateResult | typeof nothing {
    if (this.store.ui.value.view !== 'path') return nothing;
    if (!this.#lanes) return loading('Reading rules and programs…', this.store);
    const { family } = this;
    return html`
      <div class="bar">
        <vscode-radio-group
          .value=${family}
          @change=${(event: Event) => {
            this.family = chosenRadio(event.currentTarget) as PathFacts['family'];
          }}
        >
          <label slot="label">Family</label>
          <vscode-radio value="ipv4">IPv4</vscode-radio>
          <vscode-radio value="ipv6">IPv6</vscode-radio>
        </vscode-radio-group>
        <span class="hint"
          >Numbers are connections a second; hooks count both families together. Open a chain or a program to
          see what is in it.</span
        >
      </div>
      <div class="lanes" tabindex="0" role="region" aria-label="Path">
        ${this.#lanes.map(({ lane, model }) => this.#lane(lane, model))}
      </div>
    `;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    if (this.#lanes) this.#tellWhatIsSeen(this.#lanes.flatMap(({ model }) => model.edges));
  }

  /** Rules whose numbers stand on the picture. */
  #tellWhatIsSeen(edges: readonly PathEdge[]): void {
    const shown = new Set(edges.flatMap(({ counters }) => counters));
    this.actions.seeRules(
      seenRules(this.store.rules.value?.rulesets ?? [], ({ tables }) =>
        tables
          .flatMap(({ chains }) => chains)
          .flatMap(({ rules }) => rules)
          .filter(({ counter }) => shown.has(counter))
          .map(({ view }) => view.line),
      ),
    );
  }

  #lane(lane: Lane, model: PathModel): TemplateResult {
    const reasons = new Map(
      model.nodes.flatMap(({ preempted, unordered }) => [
        ...(preempted === null ? [] : [[preempted, 'info'] as const]),
        ...(unordered === null ? [] : [[unordered, 'question'] as const]),
      ]),
    );
    return html`<section aria-label=${LANES[lane]}>
      <h2>${LANES[lane]}</h2>
      ${
        reasons.size === 0
          ? nothing
          : html`<ul class="reasons">
              ${[...reasons].map(([reason, sign]) => html`<li>${icon(sign)} ${reason}</li>`)}
            </ul>`
      }
      <mr-lane
        .store=${this.store}
        .model=${model}
        .name=${lane}
        .filter=${this.store.ui.value.filter.trim().toLowerCase()}
      ></mr-lane>
    </section>`;
  }

  #open({ to }: OpenPlaceEvent): void {
    if ('toggle' in to) {
      const { unfolded } = this;
      this.unfolded = unfolded.has(to.toggle)
        ? new Set([...unfolded].filter((id) => id !== to.toggle))
        : new Set([...unfolded, to.toggle]);
    } else if ('chain' in to) this.actions.showChain(to.chain.key);
    else this.actions.showProgram(to.program);
  }
}
