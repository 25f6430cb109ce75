import { addressText } from '../net';
import { fromHex } from './bytes';
import { portSetText, rangeKeyText } from './decode';
import type { MapContents } from './encode';
import { PORT_SETS, type PolicyMap } from './layout';
import { readSettings } from './settings';

function settingsLines(value: string): string[] {
  const settings = readSettings(fromHex(value));
  if (!settings) return ['settings: not read'];
  const { sidecarUid, sidecarGid, inboundPort, outboundPort, excludedInterfaces } = settings;
  const group = sidecarGid === null ? '' : `, group ${sidecarGid}`;
  return [
    `settings: sidecar of user ${sidecarUid}${group}, inbound port ${inboundPort}, outbound port ${outboundPort}`,
    ...(settings.onlyIncludedRanges ? ['settings: only included ranges are redirected'] : []),
    ...(settings.podIpMode ? [`settings: PodIP mode, to ${addressText([...settings.podAddress])}`] : []),
    ...(excludedInterfaces.length > 0
      ? [`settings: excluded interfaces ${excludedInterfaces.join(', ')}`]
      : []),
  ];
}

/** IPv4 first, each family by its text. */
const inOrder = (texts: string[]): string[] =>
  texts.sort((a, b) => Number(a.includes(':')) - Number(b.includes(':')) || (a < b ? -1 : 1));

function linesOf(map: PolicyMap, entries: MapContents['entries']): string[] {
  if (map === 'settings') return entries.flatMap(({ value }) => settingsLines(value));
  if (map === 'port_sets') {
    return entries.map(({ key, value }) => {
      const index = fromHex(key)[0] ?? 0;
      return `port_sets, ${PORT_SETS[index] ?? index}: ${portSetText(fromHex(value))}`;
    });
  }
  return inOrder(entries.map(({ key }) => rangeKeyText(fromHex(key)))).map((range) => `${map}: ${range}`);
}

/** What the maps of the policy say, a line each, for people. */
export function describeMaps(maps: readonly MapContents[]): string[] {
  return maps.flatMap(({ map, entries }) => linesOf(map, entries));
}
