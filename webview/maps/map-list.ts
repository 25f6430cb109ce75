import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { MapView } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { formatCount, tooltip } from '../format';
import { RovingFocus } from '../roving';

/** The maps of a workload, to choose one from. */
@customElement('mr-map-list')
export class MapList extends View {
  @property({ attribute: false }) actions!: Actions;
  @property({ attribute: false }) maps: MapView[] = [];
  /** The id of the open one. */
  @property({ type: Number }) open: number | null = null;
  readonly #roving = new RovingFocus(this, '[role=option]');

  constructor() {
    super();
    this.addEventListener('keydown', (event) => {
      this.#keyDown(event);
    });
  }

  override render(): TemplateResult {
    return html`<div role="listbox" aria-label="Maps">
      ${repeat(
        this.maps,
        (map) => map.id,
        (map) => this.#option(map),
      )}
    </div>`;
  }

  #option(map: MapView): TemplateResult {
    return html`<div
      role="option"
      tabindex="-1"
      aria-selected=${map.id === this.open}
      data-map=${map.id}
      @click=${() => {
        this.actions.openMap(map);
      }}
    >
      <span class="name" title=${tooltip(map.name)}>${map.name}</span>
      <span class="type">${map.type}</span>
      <span class="purpose" title=${map.purpose === null ? nothing : tooltip(map.purpose)}>
        ${map.purpose ?? 'not ours'}
      </span>
      <span class="capacity" title="How many entries it can hold">
        ${map.maxEntries === 0 ? nothing : `max ${formatCount(map.maxEntries)}`}
      </span>
    </div>`;
  }

  #keyDown(event: KeyboardEvent): void {
    if (this.#roving.handleKey(event) || (event.key !== 'Enter' && event.key !== ' ')) return;
    event.preventDefault();
    this.#roving.itemOf(event.target)?.click();
  }
}
