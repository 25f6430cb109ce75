import { MAX_INTERFACES, SETTINGS } from './layout';

/** `struct settings` as it is read back. */
export interface SettingsValue {
  sidecarUid: number;
  /** Null where no group tells the sidecar. */
  sidecarGid: number | null;
  inboundPort: number;
  outboundPort: number;
  onlyIncludedRanges: boolean;
  podIpMode: boolean;
  excludedInterfaces: number[];
  podAddress: Uint8Array;
}

/** Reads the bytes of `struct settings`; null where they are too few. */
export function readSettings(bytes: Uint8Array): SettingsValue | null {
  if (bytes.length < SETTINGS.size) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = Math.min(MAX_INTERFACES, view.getUint32(SETTINGS.excludedInterfaceCount, true));
  return {
    sidecarUid: view.getUint32(SETTINGS.sidecarUid, true),
    sidecarGid: view.getUint8(SETTINGS.matchGid) !== 0 ? view.getUint32(SETTINGS.sidecarGid, true) : null,
    inboundPort: view.getUint16(SETTINGS.inboundPort, true),
    outboundPort: view.getUint16(SETTINGS.outboundPort, true),
    onlyIncludedRanges: view.getUint8(SETTINGS.onlyIncludedRanges) !== 0,
    podIpMode: view.getUint8(SETTINGS.podIpMode) !== 0,
    excludedInterfaces: Array.from({ length: count }, (_, slot) =>
      view.getUint32(SETTINGS.excludedInterfaces + slot * 4, true),
    ),
    podAddress: bytes.slice(SETTINGS.podAddress, SETTINGS.podAddress + 16),
  };
}
