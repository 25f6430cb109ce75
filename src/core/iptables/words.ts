/** A word of a rule, and where it stands. `text` is without quotes and escapes. */
export interface Word {
  text: string;
  start: number;
  end: number;
}

/**
 * The words of a rule as xtables' restore reads them (libxtables `xtables_add_param_to_argv`): parted by blanks,
 * joined by double quotes, in which a backslash takes the next character as it is.
 */
export function wordsOf(spec: string): Word[] {
  const words: Word[] = [];
  let at = 0;
  while (at < spec.length) {
    if (isBlank(spec.charCodeAt(at))) at++;
    else {
      const word = wordAt(spec, at);
      words.push(word);
      at = word.end;
    }
  }
  return words;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;

function wordAt(spec: string, start: number): Word {
  let at = start;
  while (at < spec.length && !isBlank(spec.charCodeAt(at))) {
    if (spec.charCodeAt(at) === QUOTE) return quotedWordAt(spec, start);
    at++;
  }
  return { text: spec.slice(start, at), start, end: at };
}

function quotedWordAt(spec: string, start: number): Word {
  let text = '';
  let quoted = false;
  let at = start;
  for (; at < spec.length; at++) {
    const code = spec.charCodeAt(at);
    if (code === QUOTE) quoted = !quoted;
    else if (code === BACKSLASH && quoted && at + 1 < spec.length) text += spec.charAt(++at);
    else if (!quoted && isBlank(code)) break;
    else text += spec.charAt(at);
  }
  return { text, start, end: at };
}

const valueAfter = (words: readonly Word[], option: string): string | null => {
  const index = words.findIndex(({ text }) => text === option);
  return index < 0 ? null : (words[index + 1]?.text ?? null);
};

/** Where a rule sends what it matches, read from its spec. */
export interface Target {
  name: string;
  /** True for `-g`, which does not come back. */
  goto: boolean;
}

/** The target of a rule: a chain or an extension such as `REDIRECT`; null for a rule that only counts. */
export function targetOf(spec: string): Target | null {
  if (!spec.includes('-j') && !spec.includes('-g')) return null;
  const words = wordsOf(spec);
  const jump = valueAfter(words, '-j');
  if (jump !== null) return { name: jump, goto: false };
  const name = valueAfter(words, '-g');
  return name === null ? null : { name, goto: true };
}

/** The text of a rule's comment match, or null. */
export function commentOf(spec: string): string | null {
  return spec.includes('--comment') ? valueAfter(wordsOf(spec), '--comment') : null;
}

/** The ports of this machine to which rules send connections (`REDIRECT`, `TPROXY`). Takes their specs. */
export function targetPorts(specs: readonly string[]): number[] {
  const ports = specs.flatMap((spec) => /--(?:to-ports?|on-port) (\d+)/.exec(spec)?.[1] ?? []);
  return [...new Set(ports.map(Number))];
}
