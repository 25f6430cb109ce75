import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { rowMatches } from '../../src/core/ebpf/row-matches';
import type { MapRow, MapView } from '../../src/protocol/inspector';
import { SEEN_ROWS } from '../../src/protocol/limits';
import type { Actions } from '../actions';
import { View } from '../element';
import { countOf, formatBytes, formatCount, tooltip } from '../format';
import type { MapContent, MapEntryRow, MapRows } from '../model/map-content';
import { icon } from '../icon';
import { emptyState, loading } from '../placeholders';
import type { Store } from '../store';
import { chosenRadio, isChecked } from '../toolkit';
import { fillOf, fullWarning } from './fill';
import { mapMatches } from './filter';
import { coverage } from './coverage';
import { rowHeight } from './row-shape';
import { nextSort, sorted, type MapSort } from './sort';
import '../virtual-list';
import type { VirtualList } from '../virtual-list';
import './map-row';

/** The entries of the open map. */
@customElement('mr-map-table')
export class MapTable extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) map!: MapView;
  @property({ attribute: false }) content!: MapContent;
  @state() sort: MapSort | null = null;
  /** The entries that were shown last, and by what they were chosen and put in order. */
  #shown: { by: readonly unknown[]; entries: readonly MapEntryRow[] } = { by: [], entries: [] };

  constructor() {
    super();
    this.follow(() => [
      this.content.rows,
      this.content.search,
      this.store.ui,
      this.store.connection,
      this.store.failure,
    ]);
    this.addEventListener('mr-rows', () => {
      this.#tellWhatIsSeen();
    });
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

  #entries(content: MapRows): TemplateResult {
    const { columns, rows, more, loading } = content;
    if (rows.length === 0) return emptyState('database', 'This map is empty', null);
    const shown = this.#shownOf(content);
    const bar = this.#coverage(rows.length, more, loading);
    if (shown.length === 0) {
      const where = more ? 'None of the loaded entries' : 'No entry';
      return html`${emptyState('filter', `${where} matches the filter`, null)}${bar}`;
    }
    return html`
      <mr-virtual-list
        class="entries"
        role="table"
        tabindex="0"
        aria-label="Entries of ${this.map.name}"
        aria-rowcount=${shown.length + 1}
        .items=${shown}
        .head=${this.#columnHeads(columns)}
        .heightOf=${this.store.ui.value.raw ? rawHeight : plainHeight}
        .row=${this.#row}
      ></mr-virtual-list>
      ${bar}
    `;
  }

  /**
   * The entries that the filter leaves, in their order. There may be tens of thousands: without a filter, an order and heights
   * of their own they are those that are loaded, and otherwise looked at anew only when something of that has changed.
   */
  #shownOf(content: MapRows): readonly MapEntryRow[] {
    const filter = this.#entryFilter;
    const { raw } = this.store.ui.value;
    if (filter === null && this.sort === null && !raw) return content.rows;
    const { any, columns, sizes } = this.content.changes;
    const by = [
      ...[content.rows, filter, this.sort, raw],
      ...[filter !== null && any, this.sort && columns[this.sort.column], raw && sizes],
    ];
    if (by.some((value, at) => value !== this.#shown.by[at])) {
      const rowOf = ({ state }: MapEntryRow): MapRow => state.value.row;
      const left = content.rows.filter((entry) => filter === null || rowMatches(rowOf(entry), filter));
      this.#shown = { by, entries: sorted(left, rowOf, this.sort) };
    }
    return this.#shown.entries;
  }

  /** What entries are filtered by; null where the filter means the map, or nothing. */
  get #entryFilter(): string | null {
    const { filter } = this.store.ui.value;
    return filter.trim() === '' || mapMatches(this.map, filter) ? null : filter;
  }

  get #list(): VirtualList<MapEntryRow> | null {
    return this.querySelector<VirtualList<MapEntryRow>>('mr-virtual-list');
  }

  /** Columns are as wide as what is in them. Inline styles are refused by the content security policy; these are not. */
  override updated(): void {
    const list = this.#list;
    const rows = this.content.rows.value;
    if (!list || !rows) return;
    // The rows take what they show from here, and the list renders them: it has to be asked to.
    list.requestUpdate();
    const { raw } = this.store.ui.value;
    const widths = this.content.widths.of(rows.columns, raw);
    const tracks = widths.map((width, at) => {
      return at === widths.length - 1 ? `minmax(${width}ch, 1fr)` : `${width}ch`;
    });
    list.style.setProperty('--columns', tracks.join(' '));
    list.style.setProperty('--characters', String(widths.reduce((sum, width) => sum + width, 0)));
    list.style.setProperty('--gaps', String(widths.length));
  }

  readonly #row = (entry: MapEntryRow, index: number): TemplateResult => {
    const { raw, byteOrder } = this.store.ui.value;
    return html`<mr-map-row
      role="row"
      aria-rowindex=${index + 2}
      data-key=${entry.key}
      .entry=${entry.state}
      .raw=${raw}
      .order=${byteOrder}
    ></mr-map-row>`;
  };

  #tellWhatIsSeen(): void {
    if (this.store.ui.value.view !== 'maps') return;
    const shown = this.#list?.shown ?? [];
    this.actions.seeRows(
      this.content.map,
      shown.slice(0, SEEN_ROWS).map(({ key }) => key),
    );
  }

  #columnHeads(columns: readonly string[]): TemplateResult {
    return html`<div role="row" class="columns" aria-rowindex="1">
      <span role="columnheader" class="mark"><span class="visually-hidden">Update</span></span>
      ${columns.map((column, index) => this.#columnHead(column, index))}
    </div>`;
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

  #coverage(loaded: number, more: boolean, loading: boolean): TemplateResult | typeof nothing {
    const filter = this.#entryFilter;
    const search = this.content.search.value;
    return coverage({
      ...{ loaded, more, loading, filter },
      sorted: this.sort !== null,
      search: search?.filter === filter ? search : null,
      searchAll: () => {
        this.actions.searchMap(this.content, filter ?? '');
      },
      stop: () => {
        this.actions.stopReading(this.content);
      },
      loadMore: () => {
        this.actions.loadMoreRows(this.map.id);
      },
      loadAll: () => {
        this.actions.loadAllRows(this.content);
      },
    });
  }
}

const rawHeight = ({ state }: MapEntryRow): number => rowHeight(state.value.row, true);
const plainHeight = ({ state }: MapEntryRow): number => rowHeight(state.value.row, false);
