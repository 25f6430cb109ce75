import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import type { Actions } from './actions';
import './chains/chains';
import { View } from './element';
import { countOf, formatCount } from './format';
import './header/banner';
import './header/header';
import './history/history';
import { icon } from './icon';
import './maps/maps';
import './path/path';
import './programs/programs';
import './trace/trace';
import type { UiState } from './model/ui-state';
import type { Store } from './store';
import { fieldText, selectedTab, setAccessibleName } from './toolkit';
import { VIEWS } from './views';

/** The whole panel: header, banners, and the views as tabs with one filter for all of them. */
@customElement('mr-inspector')
export class Inspector extends View {
  readonly #store: Store;
  readonly #actions: Actions;

  constructor(store: Store, actions: Actions) {
    super();
    this.#store = store;
    this.#actions = actions;
    this.follow(() => [store.ui, store.rules, store.maps, store.programs]);
    this.addEventListener('keydown', (event) => {
      this.#keyDown(event);
    });
  }

  override render(): TemplateResult {
    const { view } = this.#store.ui.value;
    const chains = this.#store.rules.value?.chainCount ?? null;
    const maps = this.#store.maps.value?.length ?? null;
    const programs = this.#store.programs.value?.length ?? null;
    return html`
      <mr-header .store=${this.#store} .actions=${this.#actions}></mr-header>
      <mr-banner .store=${this.#store} .actions=${this.#actions}></mr-banner>
      <main>
        <vscode-panels
          activeid=${view}
          .activeindicator=${false}
          @change=${this.#tabChanged}
          aria-label="Views"
        >
          <vscode-panel-tab id="path">Path</vscode-panel-tab>
          <vscode-panel-tab id="chains">Chains ${badge(chains)}</vscode-panel-tab>
          <vscode-panel-tab id="maps">Maps ${badge(maps)}</vscode-panel-tab>
          <vscode-panel-tab id="programs">Programs ${badge(programs)}</vscode-panel-tab>
          <vscode-panel-tab id="trace">Trace</vscode-panel-tab>
          <vscode-panel-tab id="history">History</vscode-panel-tab>
          ${this.#filterField()}
          <vscode-panel-view id="view-path">
            <mr-path .store=${this.#store} .actions=${this.#actions}></mr-path>
          </vscode-panel-view>
          <vscode-panel-view id="view-chains">
            <mr-chains .store=${this.#store} .actions=${this.#actions}></mr-chains>
          </vscode-panel-view>
          <vscode-panel-view id="view-maps">
            <mr-maps .store=${this.#store} .actions=${this.#actions}></mr-maps>
          </vscode-panel-view>
          <vscode-panel-view id="view-programs">
            <mr-programs .store=${this.#store} .actions=${this.#actions}></mr-programs>
          </vscode-panel-view>
          <vscode-panel-view id="view-trace">
            <mr-trace .store=${this.#store} .actions=${this.#actions}></mr-trace>
          </vscode-panel-view>
          <vscode-panel-view id="view-history">
            <mr-history .store=${this.#store} .actions=${this.#actions}></mr-history>
          </vscode-panel-view>
        </vscode-panels>
      </main>
    `;
  }

  override updated(changed: PropertyValues): void {
    super.updated(changed);
    const { value: rules } = this.#store.rules;
    const { value: maps } = this.#store.maps;
    setAccessibleName(
      this.querySelector('#chains'),
      rules ? `Chains, ${countOf(rules.chainCount, 'chain')}` : 'Chains',
    );
    setAccessibleName(this.querySelector('#maps'), maps ? `Maps, ${countOf(maps.length, 'map')}` : 'Maps');
    const { value: programs } = this.#store.programs;
    setAccessibleName(
      this.querySelector('#programs'),
      programs ? `Programs, ${countOf(programs.length, 'program')}` : 'Programs',
    );
  }

  #filterField(): TemplateResult {
    const { filter, view } = this.#store.ui.value;
    return html`
      <vscode-text-field
        slot="end"
        class="filter"
        placeholder=${VIEWS.find(({ id }) => id === view)?.filter ?? 'Filter'}
        .value=${filter}
        @input=${(event: Event) => {
          this.#actions.filter(fieldText(event.target));
        }}
      >
        Filter
        <span slot="start">${icon('filter')}</span>
        ${
          filter === ''
            ? nothing
            : html`<vscode-button
                slot="end"
                appearance="icon"
                aria-label="Clear filter"
                title="Clear filter (Escape)"
                @click=${this.#clearFilter}
              >
                ${icon('close')}
              </vscode-button>`
        }
      </vscode-text-field>
    `;
  }

  readonly #clearFilter = (): void => {
    this.#actions.filter('');
    this.#field()?.focus();
  };

  /** The toolkit's fields and groups have `change` events too, and they bubble to here. */
  readonly #tabChanged = (event: Event): void => {
    if (event.target !== event.currentTarget) return;
    this.#actions.showView(selectedTab(event.target) as UiState['view']);
  };

  #keyDown(event: KeyboardEvent): void {
    if (event.key === 'f' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#field()?.focus();
    } else if (event.key === 'Escape' && event.target === this.#field()) this.#clearFilter();
  }

  #field(): HTMLElement | null {
    return this.querySelector('.filter');
  }
}

function badge(count: number | null): TemplateResult | typeof nothing {
  return count === null ? nothing : html`<span class="badge">${formatCount(count)}</span>`;
}
