/** Reads ssh_config files with what they include, each line with its place. What it means is for evaluate.ts. */
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { matchesWildcards } from '../../../core/wildcards';
import { readLine, type Statement } from './line';

/** Where something is written: `/home/me/.ssh/config:12`. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** Something in a configuration file that is passed over, with the reason. */
export interface ConfigProblem extends Place {
  readonly problem: string;
}

/** A line that says something, and for `Include` the files it stands for. */
export interface ConfigLine extends Statement {
  readonly place: Place;
  readonly included?: readonly ConfigFile[];
}

export interface ConfigFile {
  readonly lines: readonly ConfigLine[];
}

/** What ssh(1) would read, in its order. */
export interface SshConfig {
  readonly files: readonly ConfigFile[];
  readonly problems: readonly ConfigProblem[];
}

/** As deep as ssh(1) goes. */
const DEEPEST = 16;

/** A file that other files' names are relative to: the user's or the machine's. */
interface Root {
  readonly file: string;
  readonly directory: string;
  readonly user: boolean;
}

export function placeText({ file, line }: Place): string {
  return `${file}:${line}`;
}

/** `~` and `~/` as the home directory. */
export function expandHome(file: string): string {
  return file === '~' || /^~[/\\]/.test(file) ? path.join(homedir(), file.slice(1)) : file;
}

/** The files that a name with wildcards stands for, in the order of ssh(1). */
async function expandWildcards(pattern: string): Promise<string[]> {
  if (!/[*?]/.test(pattern)) return [pattern];
  const { root } = path.parse(pattern);
  let found = [root];
  for (const segment of pattern.slice(root.length).split(/[/\\]/)) {
    if (!/[*?]/.test(segment)) found = found.map((directory) => path.join(directory, segment));
    else {
      const inside = await Promise.all(
        found.map(async (directory) => {
          // What cannot be listed holds nothing for us, as for glob(3).
          const names = await readdir(directory).catch(() => []);
          return names
            .filter((name) => !name.startsWith('.') || segment.startsWith('.'))
            .filter((name) => matchesWildcards(segment, name))
            .map((name) => path.join(directory, name));
        }),
      );
      found = inside.flat();
    }
  }
  return found.sort();
}

class Reader {
  readonly problems: ConfigProblem[] = [];

  /** Undefined where there is no such file. `from` is the line that includes it. */
  async read(file: string, root: Root, depth: number, from?: Place): Promise<ConfigFile | undefined> {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT') {
        const place = from ?? { file, line: 1 };
        this.problems.push({ ...place, problem: `${file} cannot be read: ${message}` });
      }
      return undefined;
    }
    const lines: ConfigLine[] = [];
    for (const [index, raw] of text.split(/\r?\n/).entries()) {
      const place = { file, line: index + 1 };
      const statement = readLine(raw);
      if (typeof statement === 'string') this.problems.push({ ...place, problem: statement });
      else if (statement?.keyword === 'include') {
        lines.push({ ...statement, place, included: await this.#include(statement, place, root, depth) });
      } else if (statement) lines.push({ ...statement, place });
    }
    return { lines };
  }

  async #include({ words }: Statement, place: Place, root: Root, depth: number): Promise<ConfigFile[]> {
    if (depth === DEEPEST) {
      this.problems.push({ ...place, problem: `files include each other more than ${DEEPEST} deep` });
      return [];
    }
    const names = await Promise.all(
      words.map((word) => expandWildcards(path.resolve(root.directory, root.user ? expandHome(word) : word))),
    );
    const files: ConfigFile[] = [];
    for (const name of names.flat()) {
      const file = await this.read(name, root, depth + 1, place);
      if (file) files.push(file);
    }
    return files;
  }
}

/** The user's own file: `~/.ssh/config`. */
export function userConfigFile(): string {
  return path.join(homedir(), '.ssh', 'config');
}

function roots(file: string | undefined): Root[] {
  const directory = path.join(homedir(), '.ssh');
  // Like `ssh -F`: another file instead of the user's, and the machine's is not read.
  if (file !== undefined) return [{ file, directory, user: true }];
  const machine =
    process.platform === 'win32'
      ? path.join(process.env['PROGRAMDATA'] ?? String.raw`C:\ProgramData`, 'ssh')
      : '/etc/ssh';
  return [
    { file: userConfigFile(), directory, user: true },
    { file: path.join(machine, 'ssh_config'), directory: machine, user: false },
  ];
}

/**
 * Reads the user's configuration and the machine's. Never rejects: what cannot be read is a problem, and the rest counts.
 * @param file another file instead of both, as `ssh -F` takes it
 */
export async function loadSshConfig(file?: string): Promise<SshConfig> {
  const reader = new Reader();
  const files: ConfigFile[] = [];
  for (const root of roots(file)) {
    const read = await reader.read(root.file, root, 0);
    if (read) files.push(read);
  }
  return { files, problems: reader.problems };
}
