import type { BtfType, MapEntry, MapInfo } from '../model';
import { fromHex, readInteger } from './bytes';
import { columnsOf, type Column, type MapCell } from './columns';
import { isWhole, resolve, valueText } from './decode';
import { COUNTERS, PORT_SETS } from './layout';

export interface MapRow {
  /** Unique and stable within the map. */
  id: string;
  cells: MapCell[];
}

/** How a map is shown: its columns, and the rows of each entry. */
export interface MapTable {
  columns: string[];
  rowsOf: (entry: MapEntry) => MapRow[];
  /** The ids of the rows of the entry that had this key. */
  rowIdsOf: (key: string) => string[];
}

export interface MapTypes {
  map: MapInfo;
  keyType: BtfType | null;
  valueType: BtfType | null;
}

/** Names for the keys of our arrays. */
const KEY_NAMES: Record<string, readonly string[]> = { counters: COUNTERS, port_sets: PORT_SETS };

const perCpu = (type: string): boolean => type.includes('percpu');

/** Values of all CPUs, each padded to 8 bytes. */
function valuesOfCpus(hex: string, size: number): Uint8Array[] {
  const bytes = fromHex(hex);
  const stride = Math.max(8, Math.ceil(size / 8) * 8);
  return Array.from({ length: Math.floor(bytes.length / stride) }, (_, cpu) =>
    bytes.subarray(cpu * stride, cpu * stride + size),
  );
}

/** The sum of all CPUs where the values are numbers; each CPU's else. */
function perCpuColumn(type: BtfType | null, size: number): Column {
  const resolved = type && resolve(type);
  const cell = (hex: string): MapCell => {
    const values = valuesOfCpus(hex, size);
    if (resolved?.kind === 'int') {
      const sum = values.reduce((total, value) => total + readInteger(value, resolved.signed), 0n);
      return { text: String(sum), hex };
    }
    return { text: values.map((value, cpu) => `CPU ${cpu}: ${valueText(type, value)}`).join('; '), hex };
  };
  return { title: resolved?.kind === 'int' ? 'total' : 'value', cell };
}

function keyColumns({ map, keyType }: MapTypes): Column[] {
  const names =
    map.type.endsWith('array') && Object.hasOwn(KEY_NAMES, map.name) ? KEY_NAMES[map.name] : undefined;
  if (!names)
    return columnsOf(map.type.endsWith('array') ? 'index' : 'key', keyType ?? unsigned(map.keySize));
  const nameOf = (hex: string): string => {
    const index = Number(readInteger(fromHex(hex), false));
    return names[index] ?? String(index);
  };
  return [
    { title: map.name === 'counters' ? 'counter' : 'set', cell: (hex) => ({ text: nameOf(hex), hex }) },
  ];
}

/** A small key without BTF is most likely a number. */
const unsigned = (size: number): BtfType | null =>
  size === 4 || size === 8 ? { kind: 'int', name: 'unsigned', size, signed: false } : null;

/** A sk_storage, sockmap or sockhash: sockets by their ends. */
function socketTable(types: MapTypes): MapTable {
  const storage = types.map.type === 'sk_storage';
  const columns = storage ? columnsOf('value', types.valueType) : keyColumns(types);
  return {
    columns: storage
      ? ['socket', 'peer', 'state', ...columns.map(({ title }) => title)]
      : [...columns.map(({ title }) => title), 'socket', 'peer', 'state'],
    rowIdsOf: (key) => [key],
    rowsOf: ({ key, value, socket }) => {
      const ends = [socket?.local, socket?.remote, socket?.state].map((text) => ({ text: text ?? '' }));
      const cells = columns.map(({ cell }) => cell(storage ? value : key));
      return [{ id: key, cells: storage ? [...ends, ...cells] : [...cells, ...ends] }];
    },
  };
}

/** An array with one struct in it reads better downwards: a row for each member. */
function settingsTable(columns: Column[]): MapTable {
  const idOf = (key: string, index: number): string => `${key}.${index}`;
  return {
    columns: ['setting', 'value'],
    rowIdsOf: (key) => columns.map((_, index) => idOf(key, index)),
    rowsOf: ({ key, value }) =>
      columns.map(({ title, cell }, index) => ({
        id: idOf(key, index),
        cells: [{ text: title }, cell(value)],
      })),
  };
}

/** The tries of ranges are sets: their values say nothing. */
const isRangeSet = ({ map, keyType }: MapTypes): boolean =>
  map.type === 'lpm_trie' && map.valueSize === 1 && keyType !== null && isWhole(resolve(keyType));

function valueColumns(types: MapTypes): Column[] {
  const { map, valueType } = types;
  if (isRangeSet(types)) return [];
  if (perCpu(map.type)) return [perCpuColumn(valueType, map.valueSize)];
  return columnsOf(map.name === 'port_sets' ? 'ports' : 'value', valueType);
}

/** How to show a map, whosever it is, by the types that its BTF gives; without BTF as hexadecimal. */
export function mapTable(types: MapTypes): MapTable {
  const { map, valueType } = types;
  if (['sk_storage', 'sockmap', 'sockhash'].includes(map.type)) return socketTable(types);
  const struct = valueType !== null && !isWhole(resolve(valueType));
  if (map.type === 'array' && map.maxEntries === 1 && struct)
    return settingsTable(columnsOf('value', valueType));
  const keys = keyColumns(types);
  const values = valueColumns(types);
  return {
    columns: [...keys, ...values].map(({ title }) => title),
    rowIdsOf: (key) => [key],
    rowsOf: ({ key, value }) => [
      { id: key, cells: [...keys.map(({ cell }) => cell(key)), ...values.map(({ cell }) => cell(value))] },
    ],
  };
}
