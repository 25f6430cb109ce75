/** One line of an ssh_config file. The package ssh-config reads it; what it reads otherwise than ssh(1) is put right. */
import SSHConfig, { parse, type Directive } from 'ssh-config';
import { KEYWORDS } from './keywords';

/** What a line says. */
export interface Statement {
  /** In lower case, as `ssh -G` prints it. */
  readonly keyword: string;
  readonly words: readonly [string, ...string[]];
  /** All behind the keyword, as it is written: a command is passed on like that. */
  readonly text: string;
}

/** Words in single quotes, which ssh(1) has read since 8.7 and the package does not. */
const SINGLE_QUOTED = /(?<=[\s=])'([^'"]*)'(?=\s|$)/g;
/** Words with a "#" inside: a comment begins with a word, but for the package anywhere. */
const HASH_INSIDE = /(?<=[\s=])([^\s"'=#][^\s"'=]*#[^\s"']*)(?=\s|$)/g;

/**
 * Reads one line, without its end.
 * @returns null for a comment or an empty line; what is wrong, as words, for one that cannot be read
 */
export function readLine(raw: string): Statement | string | null {
  const line = raw.trim();
  if (line === '' || line.startsWith('#')) return null;
  const keyword = /^[A-Za-z0-9]+/.exec(line)?.[0].toLowerCase();
  if (keyword === undefined) return 'it does not begin with a keyword';
  const text = line
    .slice(keyword.length)
    .replace(/^[ \t]*=?/, '')
    .trim();
  if (!KEYWORDS.has(keyword)) return `"${keyword}" is no keyword of ssh_config`;
  if (text === '' || text.startsWith('#')) return `${keyword} has no value`;
  let directive: Directive | undefined;
  try {
    // The package knows not all criteria of Match, but splits Host into words alike.
    const written = line.replace(/^match/i, 'Host');
    const lines = parse(written.replace(SINGLE_QUOTED, '"$1"').replace(HASH_INSIDE, '"$1"'));
    directive = [...lines].find((each): each is Directive => each.type === SSHConfig.DIRECTIVE);
  } catch {
    // At quotation marks that are not closed, or have nothing between them.
    return `the quotation marks of ${keyword} make no sense`;
  }
  if (!directive) return `${keyword} has no value`;
  const { value } = directive;
  const [first, ...others] = typeof value === 'string' ? [value] : value.map(({ val }) => val);
  if (first === undefined || first === '') return `${keyword} has no value`;
  return { keyword, words: [first, ...others], text };
}
