import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { MapCell } from '../../src/protocol/inspector';
import { View } from '../element';
import { Flash } from '../flash';
import { tooltip } from '../format';
import type { RowMark, RowState } from '../model/map-content';
import type { Signal } from '../signal';
import { rawLines, rawNumber, type ByteOrder } from './raw';

const MARKS: Record<RowMark, { sign: string; title: string } | null> = {
  none: null,
  added: { sign: '+', title: 'New in the latest update' },
  changed: { sign: '•', title: 'Changed by the latest update' },
};

/** One entry of a map. When it changes, nothing but this row is rendered. */
@customElement('mr-map-row')
export class MapRowView extends View {
  @property({ attribute: false }) entry!: Signal<RowState>;
  @property({ type: Boolean }) raw = false;
  @property() order: ByteOrder = 'little';
  readonly #flash = new Flash();

  constructor() {
    super();
    this.follow(() => [this.entry]);
  }

  override render(): TemplateResult {
    const { row, mark, changed } = this.entry.value;
    const says = MARKS[mark];
    const flash = this.#flash.beat(row);
    return html`
      <span role="cell" class="mark ${mark}" title=${says?.title ?? nothing}>
        ${
          says === null
            ? nothing
            : html`<span aria-hidden="true">${says.sign}</span
                ><span class="visually-hidden">${says.title}</span>`
        }
      </span>
      ${row.cells.map((cell, index) => this.#cell(cell, changed[index] === true ? flash : null))}
    `;
  }

  #cell(cell: MapCell, flash: 'odd' | 'even' | null): TemplateResult {
    return html`<span role="cell" data-flash=${flash ?? nothing}>
      <span class="text" title=${tooltip(cell.text)}>${cell.text}</span>
      ${this.raw && cell.hex !== undefined ? this.#bytes(cell.hex) : nothing}
    </span>`;
  }

  #bytes(hex: string): TemplateResult {
    const number = rawNumber(hex, this.order);
    return html`<span class="hex">${rawLines(hex).join('\n')}</span>${
        number === null ? nothing : html`<span class="number">= ${number}</span>`
      }`;
  }
}
