export { fromHex, toHex, u32Hex } from './bytes';
export type { MapCell } from './columns';
export { valueText } from './decode';
export { describeMaps } from './describe';
export { objectContents, type ObjectContents } from './elf';
export { excludedInterfaces, mapsFromPolicy, type MapContents, type WorkloadFacts } from './encode';
export { LISTENER_SLOTS, MAX_INTERFACES, POLICY_MAPS, mapPurpose, type PolicyMap } from './layout';
export { readSettings, type SettingsValue } from './settings';
export { mapTable, type MapRow, type MapTable, type MapTypes } from './table';
