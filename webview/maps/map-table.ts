import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { rowMatches } from '../../src/core/ebpf/row-matches';
import type { MapView } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { countOf, formatBytes, formatCount, tooltip } from '../format';
import type { MapContent, MapRows } from '../model/map-content';
import { icon } from '../icon';
import { emptyState, loading } from '../placeholders';
import type { Store } from '../store';
import { chosenRadio, isChecked } from '../toolkit';
import { fillOf, fullWarning } from './fill';
import { mapMatches } from './filter';
import { coverage } from './coverage';
import { nextSort, sorted, type MapSort } from './sort';
import './map-row';

/** The entries of the open map. */
@customElement('mr-map-table')
export class MapTable extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) map!: MapView;
  @property({ attribute: false }) content!: MapContent;
  @state() sort: MapSort | null = null;

  constructor() {
    super();
    this.follow(() => [
      this.content.rows,
      this.content.search,
      this.store.ui,
      this.store.connection,
      this.store.failure,
    ]);
  }

  /** Another map has other columns. */
  override willUpdate(changed: PropertyValues): void {
    if (changed.has('content')) this.sort = null;
  }

  override render(): TemplateResult {
    const rows = this.content.rows.value;
    return html`${this.#head(rows)}${rows ? this.#entries(rows) : this.#loading()}`;
  }

  #loading(): TemplateResult {
    return loading(`Reading ${this.map.name}…`, this.store);
  }

  #head(rows: MapRows | null): TemplateResult {
    const { name, type, purpose, keySize, valueSize, memory } = this.map;
    return html`
      <div class="about">
        <h2 title=${tooltip(name)}>${name}</h2>
        <span class="type">${type}</span>
        <span class="sizes"
          >key ${keySize} B, value ${formatBytes(valueSize)}, uses ${formatBytes(memory)}</span
        >
        <vscode-checkbox
          .checked=${this.store.ui.value.raw}
          @change=${(event: Event) => {
            this.actions.showRaw(isChecked(event.target));
          }}
          >Raw bytes</vscode-checkbox
        >
        ${this.store.ui.value.raw ? this.#byteOrder() : nothing}
        ${purpose === null ? nothing : html`<p>${purpose}</p>`}
      </div>
      <div class="summary" role="status">${rows ? this.#summary(rows) : nothing}</div>
    `;
  }

  #byteOrder(): TemplateResult {
    return html`<vscode-radio-group
      .value=${this.store.ui.value.byteOrder}
      @change=${(event: Event) => {
        this.actions.readBytes(chosenRadio(event.currentTarget) === 'big' ? 'big' : 'little');
      }}
    >
      <label slot="label">as numbers</label>
      <vscode-radio value="little">lowest byte first</vscode-radio>
      <vscode-radio value="big">highest first</vscode-radio>
    </vscode-radio-group>`;
  }

  #summary({ rows, more, added, changed, removed }: MapRows): TemplateResult {
    const { maxEntries } = this.map;
    const capacity = maxEntries === 0 ? '' : ` of ${formatCount(maxEntries)}`;
    const fill = fillOf(this.map, rows.length);
    const warning = fullWarning(this.map, fill);
    const count = more
      ? `the first ${countOf(rows.length, 'entry', 'entries')}`
      : `${countOf(rows.length, 'entry', 'entries')}${capacity}${
          fill === null || fill < 0.01 ? '' : ` (${Math.floor(fill * 100)} %)`
        }`;
    const news = [
      added > 0 ? `${added} new` : '',
      changed > 0 ? `${changed} changed` : '',
      removed > 0 ? `${removed} gone` : '',
    ].filter((part) => part !== '');
    return html`${count}${
      news.length > 0 ? html` <span class="news">· latest update: ${news.join(', ')}</span>` : nothing
    }${warning === null ? nothing : html` <span class="full">${icon('warning')} ${warning}</span>`}`;
  }

  #entries({ columns, rows, more }: MapRows): TemplateResult {
    const { filter, raw, byteOrder } = this.store.ui.value;
    if (rows.length === 0) return emptyState('database', 'This map is empty', null);
    const all = filter.trim() === '' || mapMatches(this.map, filter);
    const shown = all ? rows : rows.filter(({ state }) => rowMatches(state.value.row, filter));
    if (shown.length === 0) {
      const where = more ? 'None of the loaded entries' : 'No entry';
      return html`${emptyState('filter', `${where} matches the filter`, null)}${this.#more(rows.length, more)}`;
    }
    return html`
      <div class="scroll" tabindex="0" role="region" aria-label="Entries of ${this.map.name}">
        <div class="entries" role="table" aria-label="Entries of ${this.map.name}">
          <div role="row" class="columns">
            <span role="columnheader" class="mark"><span class="visually-hidden">Update</span></span>
            ${columns.map((column, index) => this.#columnHead(column, index))}
          </div>
          ${repeat(
            sorted(shown, ({ state }) => state.value.row, this.sort),
            (entry) => entry.id,
            (entry) =>
              html`<mr-map-row
                role="row"
                data-row=${entry.id}
                .entry=${entry.state}
                .raw=${raw}
                .order=${byteOrder}
              ></mr-map-row>`,
          )}
        </div>
        ${this.#more(rows.length, more)}
      </div>
    `;
  }

  #columnHead(title: string, column: number): TemplateResult {
    const sort = this.sort?.column === column ? this.sort : null;
    const order = sort === null ? 'none' : sort.descending ? 'descending' : 'ascending';
    return html`<span role="columnheader" aria-sort=${order}>
      <button
        type="button"
        title="Sort by ${title}"
        @click=${() => {
          this.sort = nextSort(this.sort, column);
        }}
      >
        ${title}${sort === null ? nothing : icon(sort.descending ? 'arrow-down' : 'arrow-up')}
      </button>
    </span>`;
  }

  #more(loaded: number, more: boolean): TemplateResult | typeof nothing {
    if (!more) return nothing;
    const { filter } = this.store.ui.value;
    const filtered = filter.trim() !== '' && !mapMatches(this.map, filter);
    const search = this.content.search.value;
    return coverage({
      loaded,
      filter: filtered ? filter : null,
      sorted: this.sort !== null,
      search: search?.filter === filter ? search : null,
      searchAll: () => {
        this.actions.searchMap(this.content, filter);
      },
      stop: () => {
        this.actions.stopSearch(this.content);
      },
      loadMore: () => {
        this.actions.loadMoreRows(this.map.id);
      },
    });
  }
}
