import { columnsOf, purposeOf, rowOf } from '../../core/ebpf';
import type { BtfType, MapEntry, MapInfo } from '../../core/model';
import type { Agent } from '../../nodes/agent/agent';
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { MapView, ToInspector } from '../../protocol/inspector';

const PAGE = 200;

type Change = NonNullable<WatchChanged['maps']>[number];

/** The list of maps, for showing. */
export function mapViews(maps: readonly MapInfo[]): MapView[] {
  return maps.map((map) => ({ ...map, purpose: purposeOf(map.name) }));
}

/** The entries of one open map, as far as they were sent. */
export class OpenMap {
  readonly id: number;
  readonly #agent: Agent;
  /** What was last sent of each key: a change that shows nothing new is not sent. */
  readonly #sent = new Map<string, string>();
  #info: MapInfo | null = null;
  #types: { keyType: BtfType | null; valueType: BtfType | null } = { keyType: null, valueType: null };
  #next: string | null = null;
  /** The first notification of a watch tells all entries, not only changed ones. */
  #whole = true;

  constructor(agent: Agent, id: number) {
    this.#agent = agent;
    this.id = id;
  }

  /** The first page, or the page after the last one. Null when there is none. Rejects with `AgentError`. */
  async page(which: 'first' | 'next'): Promise<ToInspector | null> {
    if (which === 'next' && this.#next === null) return null;
    const cursor = which === 'first' ? null : this.#next;
    const page = await this.#agent.request('maps/dump', { map: this.id, cursor, limit: PAGE });
    if (which === 'first') this.#sent.clear();
    this.#info = page.map;
    this.#types = { keyType: page.keyType, valueType: page.valueType };
    this.#next = page.next;
    return {
      type: 'mapRows',
      map: this.id,
      columns: columnsOf(page),
      rows: page.entries.map((entry) => this.#row(page.map, entry)),
      more: page.next !== null,
      append: which === 'next',
    };
  }

  /** The watch was started anew: its next notification is whole. */
  expectWhole(): void {
    this.#whole = true;
  }

  /** What a notification of the watch shows that was not sent before; null if nothing. */
  changed(change: Extract<Change, { set: MapEntry[] }>): ToInspector | null {
    const info = this.#info;
    if (info === null) return null;
    const whole = this.#whole;
    this.#whole = false;
    // Entries of pages that nobody asked for stay away, unless they are new.
    const unasked = (entry: MapEntry) => whole && this.#next !== null && !this.#sent.has(entry.key);
    const set = change.set.filter((entry) => this.#sent.get(entry.key) !== print(entry) && !unasked(entry));
    const present = new Set(change.set.map(({ key }) => key));
    const gone = whole ? [...this.#sent.keys()].filter((key) => !present.has(key)) : change.delete;
    const deleted = gone.filter((key) => this.#sent.delete(key));
    if (set.length === 0 && deleted.length === 0) return null;
    return {
      type: 'mapChanged',
      map: this.id,
      set: set.map((entry) => this.#row(info, entry)),
      delete: deleted,
    };
  }

  #row(info: MapInfo, entry: MapEntry) {
    this.#sent.set(entry.key, print(entry));
    return rowOf(info, this.#types, entry);
  }
}

const print = ({ value, socket }: MapEntry): string => JSON.stringify([value, socket]);
