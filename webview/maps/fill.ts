import type { MapView } from '../../src/protocol/inspector';

/** From this part of its capacity on a map is nearly full. */
const NEARLY = 0.9;

/** How full a map is, from 0 to 1; null where that says nothing: arrays have all entries always. */
export function fillOf({ type, maxEntries }: MapView, entries: number): number | null {
  return maxEntries === 0 || type.endsWith('array') || type === 'sockmap' ? null : entries / maxEntries;
}

/** What happens soon to a map that is this full; null while there is room. */
export function fullWarning({ type }: MapView, fill: number | null): string | null {
  if (fill === null || fill < NEARLY) return null;
  const percent = `${Math.floor(fill * 100)} % full`;
  return type.startsWith('lru_')
    ? `${percent}: the kernel drops the entries that were used least`
    : `${percent}: ${fill >= 1 ? 'the kernel refuses' : 'soon the kernel will refuse'} new entries`;
}
