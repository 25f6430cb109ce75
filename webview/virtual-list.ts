import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { View } from './element';
import { FrameBudget } from './frame-budget';
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

/** So many rows are made in one frame: to make all of a screen holds it up for longer than a frame may take. */
const MADE_AT_ONCE = 12;

/**
 * A scrolled list that has only the rows on the screen in the page. How high a row is must be known without looking: then
 * nothing has to be laid out to know what comes next, and rows that stay are not touched. The row that is `active` is
 * always there, wherever it is, so that it keeps the focus. Each row is one element with `data-key`. Where there are many
 * rows to make, after a jump to a far place, they come over some frames, those at the top first.
 */
@customElement('mr-virtual-list')
export class VirtualList<Item extends Keyed> extends View {
  @property({ attribute: false }) items: readonly Item[] = [];
  @property({ attribute: false }) row: (item: Item, index: number) => TemplateResult = () => html``;
  /** In pixels. Another function: other heights. */
  @property({ attribute: false }) heightOf: (item: Item) => number = () => 0;
  /** What stays at the top while its rows scroll, for the first row on the screen. */
  @property({ attribute: false }) sticky: (item: Item) => TemplateResult | typeof nothing = () => nothing;
  @property({ attribute: false }) active: Item | null = null;
  /** What is above the first row, and part of what is scrolled. */
  @property({ attribute: false }) head: TemplateResult | typeof nothing = nothing;
  #offsets = new RowOffsets(0, () => 0);
  /** Where the active row is in the list; -1: it is not. */
  #activeAt = -1;
  /** The rows that are in the page, in order, and their keys. */
  #indexes: number[] = [];
  #made: ReadonlySet<string> = new Set();
  readonly #budget = new FrameBudget(MADE_AT_ONCE);
  /** The frame in which more rows are made. */
  #making = 0;
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
    cancelAnimationFrame(this.#making);
  }

  /** Scrolls as little as shows the row, and resolves when it is there. */
  async reveal(item: Item): Promise<HTMLElement | null> {
    await this.updateComplete;
    const index = this.items.indexOf(item);
    if (index < 0) return null;
    const from = this.#offsets.top(index);
    const to = this.#offsets.top(index + 1);
    const head = this.querySelector<HTMLElement>('.sticky > *')?.offsetHeight ?? 0;
    if (from - head < this.scrollTop) this.scrollTop = from - head;
    else if (to > this.scrollTop + this.clientHeight) this.scrollTop = to - this.clientHeight;
    this.#look();
    await this.updateComplete;
    return this.element(item.key);
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
      this.#activeAt = this.active === null ? -1 : this.items.indexOf(this.active);
    }
  }

  override render(): TemplateResult {
    this.#chooseRows();
    const top = this.items[this.#span().first];
    return html`<div class="sticky" aria-hidden="true">${top ? this.sticky(top) : nothing}</div>
      ${this.head}
      <div class="rows" role="presentation">
        ${repeat(
          this.#indexes,
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

  /** The active row, those that are there already, and as many more as can be made now. The rest comes with the next frame. */
  #chooseRows(): void {
    const keyOf = (index: number): string => this.items[index]?.key ?? '';
    const wanted = this.#wanted();
    const chosen = wanted.filter((index) => this.#made.has(keyOf(index)) || this.#budget.take());
    cancelAnimationFrame(this.#making);
    if (chosen.length < wanted.length) {
      this.#making = requestAnimationFrame(() => {
        this.requestUpdate();
      });
    }
    if (this.#activeAt >= 0) chosen.push(this.#activeAt);
    this.#indexes = chosen.sort((a, b) => a - b);
    this.#made = new Set(chosen.map(keyOf));
  }

  /** The rows that are to be in the page beside the active one: those on the screen before those beyond its edges. */
  #wanted(): number[] {
    const { first, last, from, to } = this.#span();
    const wanted = [...range(first, last), ...range(from, first), ...range(last, to)];
    return wanted.filter((index) => index !== this.#activeAt);
  }

  /** Which items are to be in the page: those on the screen, from `first` to before `last`, and some beyond its edges. */
  #span(): { first: number; last: number; from: number; to: number } {
    const { first, last } = this.#offsets.range(this.#top, this.#height);
    return {
      ...{ first, last },
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

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, at) => from + at);

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
