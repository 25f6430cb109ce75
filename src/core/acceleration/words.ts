import { counted } from '../counted';
import type { Acceleration } from '../model';

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `512 bytes`, `1.5 MiB`. */
function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** What acceleration has done for a workload, a line each. */
export function accelerationLines(acceleration: Acceleration): string[] {
  const { sockets, messages, bytes, notRead, full, notSuitable, gone } = acceleration;
  const all = messages + notRead + full + notSuitable + gone;
  const part = all === 0 ? 0 : Math.floor((100 * messages) / all);
  return [
    `Accelerated: ${counted(messages, 'message')} (${sizeText(bytes)}) of ${counted(sockets, 'socket')} that joined skipped TCP, ${part} % of what they sent.`,
    ...(full > 0 ? [`${counted(full, 'message')} took TCP because too much waited for the reader.`] : []),
    ...(notRead > 0
      ? [`${counted(notRead, 'message')} took TCP because what TCP had brought was not read yet.`]
      : []),
    ...(notSuitable > 0
      ? [
          `${counted(notSuitable, 'message')} took TCP because an end had begun to close, or waits in recv(2).`,
        ]
      : []),
    ...(gone > 0 ? [`${counted(gone, 'message')} took TCP because the other end had not joined.`] : []),
  ];
}
