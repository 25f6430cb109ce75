import * as z from 'zod';
import { BtfType } from './btf';
import { MapInfo } from './snapshot';

/** Bytes as lower-case hexadecimal, two digits a byte, nothing between. */
export const Hex = z.string().regex(/^([0-9a-f]{2})*$/);

/** A socket that stands for a key or a value: of a sk_storage, a sockmap or a sockhash. Ports in host order. */
export const SocketName = z.object({
  /** Decimal: 64 bits wide. */
  cookie: z.string().regex(/^[0-9]+$/),
  local: z.string(),
  remote: z.string(),
  state: z.string(),
});
export type SocketName = z.infer<typeof SocketName>;

/**
 * One entry. For `percpu_*` maps `value` holds the values of all CPUs one after another, each padded to 8 bytes.
 * `socket` names the key of a sk_storage and the value of a sockmap or sockhash.
 */
export const MapEntry = z.object({ key: Hex, value: Hex, socket: SocketName.optional() });
export type MapEntry = z.infer<typeof MapEntry>;

/** One page of a map, as `maps/dump` answers it. `null` types: the map carries no BTF. */
export const MapPage = z.object({
  map: MapInfo,
  keyType: BtfType.nullable(),
  valueType: BtfType.nullable(),
  entries: z.array(MapEntry),
  /** Pass it back to get the next page; `null` at the end. */
  next: Hex.nullable(),
});
export type MapPage = z.infer<typeof MapPage>;
