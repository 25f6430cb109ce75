import type { SeenRules } from '../../src/protocol/inspector';
import type { Ruleset } from './rulesets';

type Ranges = SeenRules[number]['lines'];

/** Lines of each ruleset, in any order, as ranges. */
export function seenRules(rulesets: readonly Ruleset[], linesOf: (ruleset: Ruleset) => number[]): SeenRules {
  return rulesets
    .map((ruleset) => {
      const { family, backend } = ruleset.view;
      return { family, backend, lines: rangesOf(linesOf(ruleset)) };
    })
    .filter(({ lines }) => lines.length > 0);
}

/** Takes whole numbers in any order, also more than once. */
export function rangesOf(lines: readonly number[]): Ranges {
  const ranges: Ranges = [];
  for (const line of [...lines].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last && line <= last[1] + 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ranges;
}
