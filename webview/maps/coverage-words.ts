import { LOADED_ROWS } from '../../src/protocol/limits';
import { countOf } from '../format';
import type { MapSearch } from '../model/map-content';

/** From so many on not all rows are on one page of the node: those that are out of sight are not followed. */
export const FOLLOWED = 200;

/** Which of a map's entries are here. */
export interface Coverage {
  /** How many entries are here. */
  loaded: number;
  /** There are more on the node. */
  more: boolean;
  /** These are on their way. */
  loading: boolean;
  /** What they are filtered by; null if they are not. */
  filter: string | null;
  sorted: boolean;
  /** The search for this filter; null if there was none. */
  search: MapSearch | null;
}

/** What filter, order and live changes cover where that is not all of a map. */
export function coverageWords(now: Coverage): string {
  const { loaded, more, loading, filter, search } = now;
  const here = countOf(loaded, 'entry', 'entries');
  if (loading) return `Loading all entries: ${here} so far…`;
  if (!more) return `All are loaded.${followed(now)}`;
  if (filter === null) return `${here} loaded, and there are more.${order(now)}${followed(now)}`;
  const others = countOf(search?.searched ?? 0, 'entry', 'entries');
  switch (search?.state) {
    case 'searching':
      return `Searching all entries: ${others} more so far…`;
    case 'whole':
      return `All entries were searched: ${others} besides those that were loaded.${order(now)}`;
    case 'enough':
      return `So many match that the search ended after ${others} more: say more in the filter.${order(now)}`;
    case undefined:
      return `The filter covers the ${here} that are loaded, and there are more.${order(now)}`;
  }
}

function order({ loaded, sorted }: Coverage): string {
  if (loaded >= LOADED_ROWS)
    return ` That is as many as are shown at a time: others are found by the filter.${sorted ? ' Only these are sorted.' : ''}`;
  return sorted ? ' Only entries that are loaded are sorted.' : '';
}

const followed = ({ loaded }: Coverage): string =>
  loaded > FOLLOWED ? ' Those in sight are followed; the others are as they were read.' : '';
