import type { MapView } from '../../src/protocol/inspector';

/** Whether a map is meant by the filter: by its name, type or purpose, whatever the case. */
export function mapMatches(map: MapView, filter: string): boolean {
  const needle = filter.trim().toLowerCase();
  return [map.name, map.type, map.purpose ?? ''].some((text) => text.toLowerCase().includes(needle));
}
