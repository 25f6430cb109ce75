import { HOLD_CHAIN } from './names';
import { HOLD, NOTHING, OLDER, type Redirection } from './rules';
import { targetOf } from './words';

/** True if connections may have been translated by it. */
const translates = ({ chains }: Redirection): boolean =>
  chains.some(({ rules }) => rules.some((spec) => /-j (REDIRECT|DNAT)\b/.test(spec)));

const holds = ({ chains }: Redirection): boolean => chains.some(({ name }) => name === HOLD_CHAIN);

/** What a redirection becomes when its rules go: the hold, if any connection may have been translated by it. */
export function afterRemoval(redirection: Redirection): Redirection {
  return translates(redirection) || holds(redirection) ? HOLD : NOTHING;
}

/**
 * The way back from `to` to `from` for who must not break what `to` translated meanwhile: `from`, and the hold, unless
 * `from` keeps connection tracking at work by itself.
 */
export function withHoldOf(from: Redirection, to: Redirection): Redirection {
  if (!translates(to) || translates(from) || holds(from)) return from;
  return { ...from, chains: [...from.chains, ...HOLD.chains] };
}

/** The redirection with the rule that lets older connections be in front of each chain that is entered. */
export function guardOlder(redirection: Redirection): Redirection {
  const entered = new Set(redirection.jumps.map(({ spec }) => targetOf(spec)?.name));
  return {
    ...redirection,
    chains: redirection.chains.map(({ name, rules }) => ({
      name,
      rules: entered.has(name) && rules[0] !== OLDER ? [OLDER, ...rules] : rules,
    })),
  };
}
