import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { View } from './element';
import { RowHeights } from './row-heights';

interface Keyed {
  key: string;
}

/** Rows beyond both edges of the screen, so that scrolling a little shows no gap. */
const OVERSCAN = 8;

/**
 * A scrolled list that has only the rows on the screen in the page. Rows may be of any height: it is measured when a row
 * is seen, and taken for the usual one before. The row that is `active` is always there, wherever it is, so that it
 * keeps the focus. Each row is one element with `data-key`.
 */
@customElement('mr-virtual-list')
export class VirtualList<Item extends Keyed> extends View {
  @property({ attribute: false }) items: readonly Item[] = [];
  @property({ attribute: false }) row: (item: Item, index: number) => TemplateResult = () => html``;
  /** What stays at the top while its rows scroll, for the first row on the screen. */
  @property({ attribute: false }) sticky: (item: Item) => TemplateResult | typeof nothing = () => nothing;
  @property({ attribute: false }) active: string | null = null;
  readonly #heights = new RowHeights();
  #resize: ResizeObserver | null = null;
  #width = 0;
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
      if (this.clientWidth !== this.#width) this.#heights.forget();
      this.#width = this.clientWidth;
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
    // Rows that come into sight are measured, which may move the one that is wanted: look again.
    for (let look = 0; look < 3; look++) {
      const from = this.#heights.top(index);
      const to = this.#heights.top(index + 1);
      const head = this.querySelector<HTMLElement>('.sticky')?.offsetHeight ?? 0;
      if (from - head < this.scrollTop) this.scrollTop = from - head;
      else if (to > this.scrollTop + this.clientHeight) this.scrollTop = to - this.clientHeight;
      this.#look();
      await this.updateComplete;
    }
    return this.element(key);
  }

  /** The row's element, if it is on the screen or active. */
  element(key: string): HTMLElement | null {
    return this.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  /** How many rows a page has, for Page Up and Page Down. */
  get pageSize(): number {
    const { first, last } = this.#heights.range(this.#top, this.#height);
    return Math.max(1, last - first - 1);
  }

  override willUpdate(changed: PropertyValues): void {
    if (changed.has('items')) this.#heights.setKeys(this.items.map(({ key }) => key));
  }

  override render(): TemplateResult {
    const { first, last } = this.#heights.range(this.#top, this.#height);
    const from = Math.max(0, first - OVERSCAN);
    const to = Math.min(this.items.length, last + OVERSCAN);
    const indexes = Array.from({ length: to - from }, (_, at) => from + at);
    const active = this.active === null ? -1 : this.items.findIndex(({ key }) => key === this.active);
    if (active >= 0 && active < from) indexes.unshift(active);
    if (active >= to) indexes.push(active);
    const top = this.items[first];
    return html`<div class="sticky" aria-hidden="true">${top ? this.sticky(top) : nothing}</div>
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

  override updated(): void {
    const rows = this.querySelector<HTMLElement>('.rows');
    if (!rows) return;
    const { first, last } = this.#heights.range(this.#top, this.#height);
    const from = Math.max(0, first - OVERSCAN);
    const to = Math.min(this.items.length, last + OVERSCAN);
    // Inline styles of templates are refused by the content security policy; these are not.
    rows.style.height = `${this.#heights.top(this.items.length)}px`;
    rows.style.paddingTop = `${this.#heights.top(from)}px`;
    const shown = new Set(this.items.slice(from, to).map(({ key }) => key));
    for (const element of rows.children) {
      if (!(element instanceof HTMLElement)) continue;
      const key = element.dataset['key'] ?? '';
      const away = !shown.has(key);
      element.toggleAttribute('data-away', away);
      if (away)
        element.style.top = `${this.#heights.top(this.items.findIndex((item) => item.key === key))}px`;
      else if (element.style.top !== '') element.style.top = '';
    }
    this.#measure(rows, from);
  }

  /** Rows that are higher or lower than was thought move those below, and not what is on the screen. */
  #measure(rows: HTMLElement, from: number): void {
    const { first } = this.#heights.range(this.#top, this.#height);
    const before = this.#heights.top(first);
    const shown = [...rows.children].filter(
      (element): element is HTMLElement =>
        element instanceof HTMLElement && !element.hasAttribute('data-away'),
    );
    const measured = shown.map((element) => element.getBoundingClientRect().height);
    if (!this.#heights.measure(from, measured)) return;
    const moved = this.#heights.top(first) - before;
    if (moved !== 0 && this.#top > 0) this.scrollTop += moved;
    this.#top = this.scrollTop;
    this.requestUpdate();
  }

  #look(): void {
    const before = this.#heights.range(this.#top, this.#height);
    this.#top = this.scrollTop;
    this.#height = this.clientHeight;
    const now = this.#heights.range(this.#top, this.#height);
    if (before.first !== now.first || before.last !== now.last) this.requestUpdate();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mr-virtual-list': VirtualList<Keyed>;
  }
}
