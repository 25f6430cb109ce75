import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { View } from './element';
import { RowOffsets } from './row-offsets';

interface Keyed {
  key: string;
}

/** Sent when other rows are in the page than before. */
export class RowsEvent extends Event {
  constructor() {
    super('mr-rows', { bubbles: true });
  }
}

/** Rows beyond both edges of the screen, so that scrolling a little shows no gap. */
const OVERSCAN = 3;

/**
 * A scrolled list that has only the rows on the screen in the page. How high a row is must be known without looking: then
 * nothing has to be laid out to know what comes next, and rows that stay are not touched. The row that is `active` is
 * always there, wherever it is, so that it keeps the focus. Each row is one element with `data-key`.
 */
@customElement('mr-virtual-list')
export class VirtualList<Item extends Keyed> extends View {
  @property({ attribute: false }) items: readonly Item[] = [];
  @property({ attribute: false }) row: (item: Item, index: number) => TemplateResult = () => html``;
  /** In pixels. Another function: other heights. */
  @property({ attribute: false }) heightOf: (item: Item) => number = () => 0;
  /** What stays at the top while its rows scroll, for the first row on the screen. */
  @property({ attribute: false }) sticky: (item: Item) => TemplateResult | typeof nothing = () => nothing;
  @property({ attribute: false }) active: string | null = null;
  /** What is above the first row, and part of what is scrolled. */
  @property({ attribute: false }) head: TemplateResult | typeof nothing = nothing;
  #offsets = new RowOffsets(0, () => 0);
  /** Where the active row is in the list; -1: it is not. */
  #activeAt = -1;
  /** The rows that are in the page, in order. */
  #indexes: number[] = [];
  #resize: ResizeObserver | null = null;
  #top = 0;
  #height = 0;

  constructor() {
    super();
    this.addEventListener('scroll', () => {
      this.#look();
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize = new ResizeObserver(() => {
      this.#look();
    });
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
  }

  /** Scrolls as little as shows the row, and resolves when it is there. */
  async reveal(key: string): Promise<HTMLElement | null> {
    await this.updateComplete;
    const index = this.items.findIndex((item) => item.key === key);
    if (index < 0) return null;
    const from = this.#offsets.top(index);
    const to = this.#offsets.top(index + 1);
    const head = this.querySelector<HTMLElement>('.sticky > *')?.offsetHeight ?? 0;
    if (from - head < this.scrollTop) this.scrollTop = from - head;
    else if (to > this.scrollTop + this.clientHeight) this.scrollTop = to - this.clientHeight;
    this.#look();
    await this.updateComplete;
    return this.element(key);
  }

  /** The row's element, if it is on the screen or active. */
  element(key: string): HTMLElement | null {
    return this.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  /** The items whose rows are on the screen, or next to it. */
  get shown(): readonly Item[] {
    const { from, to } = this.#span();
    return this.items.slice(from, to);
  }

  /** How many rows a page has, for Page Up and Page Down. */
  get pageSize(): number {
    const { first, last } = this.#offsets.range(this.#top, this.#height);
    return Math.max(1, last - first - 1);
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('items') || changed.has('heightOf')) {
      this.#offsets = new RowOffsets(this.items.length, (index) => {
        const item = this.items[index];
        return item ? this.heightOf(item) : 0;
      });
    }
    if (changed.has('items') || changed.has('active')) {
      this.#activeAt = this.active === null ? -1 : this.items.findIndex(({ key }) => key === this.active);
    }
  }

  override render(): TemplateResult {
    const { first, from, to } = this.#span();
    const indexes = Array.from({ length: to - from }, (_, at) => from + at);
    if (this.#activeAt >= 0 && this.#activeAt < from) indexes.unshift(this.#activeAt);
    if (this.#activeAt >= to) indexes.push(this.#activeAt);
    this.#indexes = indexes;
    const top = this.items[first];
    return html`<div class="sticky" aria-hidden="true">${top ? this.sticky(top) : nothing}</div>
      ${this.head}
      <div class="rows" role="presentation">
        ${repeat(
          indexes,
          (index) => this.items[index]?.key ?? index,
          (index) => {
            const item = this.items[index];
            return item ? this.row(item, index) : nothing;
          },
        )}
      </div>`;
  }

  /** Puts the rows where they belong. Inline styles of templates are refused by the content security policy; these are not. */
  override updated(): void {
    const rows = this.querySelector<HTMLElement>('.rows');
    if (!rows) return;
    setPixels(rows, 'height', this.#offsets.top(this.items.length));
    let row = rows.firstElementChild;
    for (const index of this.#indexes) {
      if (!(row instanceof HTMLElement)) break;
      const top = this.#offsets.top(index);
      setPixels(row, 'top', top);
      setPixels(row, 'height', this.#offsets.top(index + 1) - top);
      row = row.nextElementSibling;
    }
    this.dispatchEvent(new RowsEvent());
  }

  /** Which items are in the page: those on the screen, from `first` on, and some beyond its edges. */
  #span(): { first: number; from: number; to: number } {
    const { first, last } = this.#offsets.range(this.#top, this.#height);
    return {
      first,
      from: Math.max(0, first - OVERSCAN),
      to: Math.min(this.items.length, last + OVERSCAN),
    };
  }

  #look(): void {
    const before = this.#offsets.range(this.#top, this.#height);
    this.#top = this.scrollTop;
    this.#height = this.clientHeight;
    const now = this.#offsets.range(this.#top, this.#height);
    if (before.first !== now.first || before.last !== now.last) this.requestUpdate();
  }
}

/** A style that is as it was is not set: setting it would have the row laid out again. */
function setPixels(element: HTMLElement, property: 'top' | 'height', pixels: number): void {
  const value = `${pixels}px`;
  if (element.style[property] !== value) element.style[property] = value;
}

declare global {
  interface HTMLElementEventMap {
    'mr-rows': RowsEvent;
  }
  interface HTMLElementTagNameMap {
    'mr-virtual-list': VirtualList<Keyed>;
  }
}
