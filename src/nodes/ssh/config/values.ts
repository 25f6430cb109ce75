/** Reads what a keyword's value says. Pure, but for the environment. A value that is wrong is told and passed over. */
import { expandHome, type ConfigLine, type ConfigProblem } from './file';

/** Seconds of `90`, `1m30s`, `2h`: TIME FORMATS of sshd_config(5). Undefined if it is none. */
export function parseSeconds(text: string): number | undefined {
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400, w: 604800 };
  if (!/^(\d+[smhdw]?)+$/i.test(text)) return undefined;
  let seconds = 0;
  for (const [, count = '', unit = ''] of text.matchAll(/(\d+)([smhdw]?)/gi)) {
    seconds += Number(count) * (units[unit.toLowerCase()] ?? 1);
  }
  return seconds;
}

/** `%h` and the like, by letter. */
export type Tokens = Readonly<Record<string, string>>;

/** The values of one host. */
export class Values {
  readonly problems: ConfigProblem[] = [];
  readonly #values: ReadonlyMap<string, readonly ConfigLine[]>;

  constructor(values: ReadonlyMap<string, readonly ConfigLine[]>) {
    this.#values = values;
  }

  lines(keyword: string): readonly ConfigLine[] {
    return this.#values.get(keyword) ?? [];
  }

  line(keyword: string): ConfigLine | undefined {
    return this.lines(keyword)[0];
  }

  text(keyword: string): string | undefined {
    return this.line(keyword)?.words[0];
  }

  whole(keyword: string, least: number, most: number): number | undefined {
    return this.#read(keyword, `a whole number from ${least} to ${most}`, (word) => {
      const number = /^\d+$/.test(word) ? Number(word) : NaN;
      return number >= least && number <= most ? number : undefined;
    });
  }

  seconds(keyword: string): number | undefined {
    return this.#read(keyword, 'a time such as 30 or 1m30s', parseSeconds);
  }

  flag(keyword: string): boolean | undefined {
    return this.#read(keyword, 'yes or no', (word) => {
      const lower = word.toLowerCase();
      if (['yes', 'true'].includes(lower)) return true;
      return ['no', 'false'].includes(lower) ? false : undefined;
    });
  }

  choice<T extends string>(keyword: string, choices: Readonly<Record<string, T>>): T | undefined {
    const allowed = Object.keys(choices);
    return this.#read(keyword, `one of ${allowed.join(', ')}`, (word) => choices[word.toLowerCase()]);
  }

  /** A file's name with its tokens, `~` and `${VARIABLES}` put in; undefined, and told, where that cannot be done. */
  file(line: ConfigLine, word: string, tokens: Tokens): string | undefined {
    const expanded = this.expand(line, word, tokens);
    if (expanded === undefined) return undefined;
    return expandHome(
      expanded.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
        const value = process.env[name];
        if (value === undefined) this.#tell(line, `${whole} is not set`);
        return value ?? '';
      }),
    );
  }

  expand(line: ConfigLine, word: string, tokens: Tokens): string | undefined {
    let unknown: string | undefined;
    const expanded = word.replace(/%(.?)/gs, (whole, letter: string) => {
      const value = letter === '%' ? '%' : tokens[letter];
      if (value === undefined) unknown = whole;
      return value ?? whole;
    });
    if (unknown === undefined) return expanded;
    this.#tell(line, `${line.keyword} cannot have ${unknown}`);
    return undefined;
  }

  #read<T>(keyword: string, expected: string, read: (word: string) => T | undefined): T | undefined {
    const line = this.line(keyword);
    if (!line) return undefined;
    const value = read(line.words[0]);
    if (value === undefined) this.#tell(line, `${keyword} is "${line.text}", and should be ${expected}`);
    return value;
  }

  #tell(line: ConfigLine, problem: string): void {
    this.problems.push({ ...line.place, problem });
  }
}
