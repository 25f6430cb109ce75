import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Actions } from '../actions';
import { View } from '../element';
import { emptyState, loading } from '../placeholders';
import type { Store } from '../store';
import { mapMatches } from './filter';
import './map-list';
import './map-table';

/** The BPF maps of the workload: which there are, and what is in one of them. */
@customElement('mr-maps')
export class Maps extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;

  constructor() {
    super();
    this.follow(() => [
      this.store.maps,
      this.store.content,
      this.store.ui,
      this.store.connection,
      this.store.failure,
    ]);
  }

  override render(): TemplateResult {
    const maps = this.store.maps.value;
    if (!maps) return loading('Reading the maps…', this.store);
    if (maps.length === 0) {
      return emptyState(
        'database',
        'No maps here',
        'No eBPF program is attached where this workload connects.',
      );
    }
    const content = this.store.content.value;
    const open = maps.find((map) => map.id === content?.map) ?? null;
    const { filter } = this.store.ui.value;
    return html`
      <mr-map-list
        .actions=${this.actions}
        .maps=${maps.filter((map) => map === open || mapMatches(map, filter))}
        .open=${open?.id ?? null}
      ></mr-map-list>
      ${
        open && content
          ? html`<mr-map-table
              .store=${this.store}
              .actions=${this.actions}
              .map=${open}
              .content=${content}
            ></mr-map-table>`
          : nothing
      }
    `;
  }
}
