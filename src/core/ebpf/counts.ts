import { fromHex, readInteger } from './bytes';
import { COUNTERS } from './layout';

const WIDTH = 8;

/** What entries of our map `counters` say, by the counter's name: the sum of all CPUs. */
export function hookCounts(entries: readonly { key: string; value: string }[]): Record<string, number> {
  return Object.fromEntries(
    entries.flatMap(({ key, value }) => {
      const name = COUNTERS[Number(readInteger(fromHex(key), false))];
      if (name === undefined) return [];
      const bytes = fromHex(value);
      let sum = 0n;
      for (let at = 0; at + WIDTH <= bytes.length; at += WIDTH) {
        sum += readInteger(bytes.subarray(at, at + WIDTH), false);
      }
      return [[name, Number(sum)]];
    }),
  );
}
