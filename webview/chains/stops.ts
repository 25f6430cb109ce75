import type { Chain, Rule } from '../model/rulesets';
import type { Item } from './items';

/** A row that can have the focus. */
export type Stop = Chain | Rule;

export const isStop = (item: Item): item is Stop => item.kind === 'chain' || item.kind === 'rule';

export const keyAt = (target: EventTarget | null): string | null =>
  target instanceof Element
    ? (target.closest('[role=row][tabindex]')?.getAttribute('data-key') ?? null)
    : null;

/**
 * The row that a key leads to from `from`; null if there is none, undefined if the key is no movement. `page`: how many rows a
 * page has.
 */
export function keyMove(
  items: readonly Item[],
  from: Stop,
  key: string,
  page: number,
): Stop | null | undefined {
  if (key === 'ArrowLeft' && from.kind === 'rule') return from.chain;
  const move = MOVES[key];
  return move && move(items, items.indexOf(from), page);
}

const MOVES: Partial<Record<string, (items: readonly Item[], at: number, page: number) => Stop | null>> = {
  ArrowDown: (items, at) => stopAway(items, at, 1),
  ArrowUp: (items, at) => stopAway(items, at, -1),
  PageDown: (items, at, page) => stopAway(items, at, page),
  PageUp: (items, at, page) => stopAway(items, at, -page),
  Home: (items) => stopAway(items, -1, 1),
  End: (items) => stopAway(items, items.length, -1),
};

/** So many stops further down, or up where it is negative; the last one there is, where there are fewer. */
function stopAway(items: readonly Item[], at: number, by: number): Stop | null {
  let left = Math.abs(by);
  let found: Stop | null = null;
  for (let index = at + Math.sign(by); left > 0 && index in items; index += Math.sign(by)) {
    const item = items[index];
    if (!item || !isStop(item)) continue;
    found = item;
    left--;
  }
  return found;
}
