import type { Item } from './items';

/** The rows that can have the focus. */
export const isStop = ({ kind }: Item): boolean => kind === 'chain' || kind === 'rule';

/** The key of the row that an event happened in. */
export const keyAt = (target: EventTarget | null): string | null =>
  target instanceof Element
    ? (target.closest('[role=row][tabindex]')?.getAttribute('data-key') ?? null)
    : null;

/**
 * The row that a key leads to from `item`; null if there is none, undefined if the key is no movement. `page`: how many rows a
 * page has.
 */
export function keyMove(
  items: readonly Item[],
  item: Item,
  key: string,
  page: number,
): string | null | undefined {
  const stops = items.filter(isStop);
  const at = stops.indexOf(item);
  if (key === 'ArrowLeft' && item.kind === 'rule') return item.chain.key;
  const moves: Record<string, number> = {
    ...{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: stops.length - 1 },
    ...{ PageDown: Math.min(at + page, stops.length - 1), PageUp: Math.max(at - page, 0) },
  };
  if (!Object.hasOwn(moves, key)) return undefined;
  return stops[moves[key] ?? -1]?.key ?? null;
}
