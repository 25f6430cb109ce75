const whole = new Intl.NumberFormat('en');
const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** `12345` as `12,345`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** Bytes in the largest unit that leaves a number of at least 1: `1536` as `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  let unit = -1;
  do {
    value /= 1024;
    unit++;
  } while (value >= 1024 && unit < UNITS.length - 1);
  return `${value < 100 ? value.toFixed(1) : value.toFixed(0)} ${UNITS[unit] ?? ''}`;
}

/** A number per second, short: `0.4`, `12`, `1,234`. */
export function formatRate(perSecond: number): string {
  return perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : formatCount(Math.round(perSecond));
}

/** `1` and `entry` as `1 entry`; `2` and `entry`, `entries` as `2 entries`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

const TOOLTIP_LENGTH = 1000;

/** For `title` attributes: values may be many kilobytes long. */
export function tooltip(text: string): string {
  return text.length > TOOLTIP_LENGTH ? `${text.slice(0, TOOLTIP_LENGTH)}…` : text;
}

/** `412` as `412 ns`, `1500` as `1.5 µs`. */
export function formatNanoseconds(nanoseconds: number): string {
  return nanoseconds < 1000 ? `${nanoseconds.toFixed(0)} ns` : `${(nanoseconds / 1000).toFixed(1)} µs`;
}
