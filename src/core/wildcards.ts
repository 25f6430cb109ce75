/**
 * Whether all of `text` is what a pattern with `*` (any characters) and `?` (one) says. In time bounded by the product of
 * the lengths: patterns come from files.
 */
export function matchesWildcards(pattern: string, text: string): boolean {
  let [p, t] = [0, 0];
  let star: { next: number; taken: number } | null = null;
  while (t < text.length) {
    if (pattern[p] === '*') {
      p += 1;
      star = { next: p, taken: t };
    } else if (pattern[p] === '?' || pattern[p] === text[t]) {
      p += 1;
      t += 1;
    } else if (star) {
      // The last star takes one more; an earlier one need not take another.
      star.taken += 1;
      p = star.next;
      t = star.taken;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}

/**
 * Whether a list of patterns, of which some may be negated with `!`, is about `text`: one says so, and no negated one does
 * (ssh_config(5), PATTERNS; sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
 */
export function matchesPatternList(patterns: readonly string[], text: string): boolean {
  const negated = patterns.filter((pattern) => pattern.startsWith('!'));
  return (
    !negated.some((pattern) => matchesWildcards(pattern.slice(1), text)) &&
    patterns.some((pattern) => !pattern.startsWith('!') && matchesWildcards(pattern, text))
  );
}
