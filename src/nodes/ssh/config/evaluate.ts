/**
 * What an ssh_config says of one host: which blocks are about it, and for each keyword the first value. Pure. The rules are
 * those of ssh_config(5); test/nodes/ssh-config.test.ts holds them against `ssh -G`.
 */
import { matchesPatternList } from '../../../core/wildcards';
import { UNSUPPORTED } from './keywords';
import type { ConfigFile, ConfigLine, ConfigProblem, SshConfig } from './file';

/** Who is asked about. */
export interface ConfigQuery {
  /** As a person says it: an alias, a name or an address. */
  readonly host: string;
  /** Where it is said with the host, which comes before what the files say. */
  readonly user?: string;
  readonly localUser: string;
}

export interface Evaluated {
  /** By keyword; several for `identityfile`, one for any other. */
  readonly values: ReadonlyMap<string, readonly ConfigLine[]>;
  readonly problems: readonly ConfigProblem[];
}

/** The ones that add up. */
const SEVERAL = new Set(['identityfile']);
/** Of these, the one that comes first keeps the other out. */
const RIVALS: ReadonlyMap<string, string> = new Map([
  ['proxyjump', 'proxycommand'],
  ['proxycommand', 'proxyjump'],
]);

class Evaluation {
  readonly values = new Map<string, ConfigLine[]>();
  readonly problems = new Map<ConfigLine, ConfigProblem>();
  /** Whether some `Match final` wants the files to be read a second time. */
  wantsFinal = false;
  readonly #query: ConfigQuery;
  #final = false;

  constructor(query: ConfigQuery) {
    this.#query = query;
  }

  pass(files: readonly ConfigFile[], final: boolean): void {
    this.#final = final;
    for (const file of files) this.#file(file, true, true);
  }

  /** @param reachable false inside an include that does not apply: no block in it can. */
  #file(file: ConfigFile, applies: boolean, reachable: boolean): void {
    let active = applies;
    for (const line of file.lines) {
      if (line.keyword === 'host') active = reachable && matchesPatternList(line.words, this.#host());
      else if (line.keyword === 'match') active = this.#matches(line) && reachable;
      else if (line.included) {
        for (const included of line.included) this.#file(included, active, reachable && active);
      } else if (active) this.#take(line);
    }
  }

  #take(line: ConfigLine): void {
    const { keyword, place } = line;
    const unsupported = UNSUPPORTED.get(keyword);
    if (unsupported !== undefined && line.words[0] !== 'no') {
      this.problems.set(line, { ...place, problem: `${keyword} ${unsupported}` });
    }
    // The final pass is made for the name that the first one found.
    if (this.#final && keyword === 'hostname') return;
    const rival = RIVALS.get(keyword);
    if (rival !== undefined && this.values.has(rival)) return;
    const present = this.values.get(keyword);
    if (!present) this.values.set(keyword, [line]);
    else if (SEVERAL.has(keyword) && !present.some(({ words }) => words[0] === line.words[0]))
      present.push(line);
  }

  #host(): string {
    return this.#final ? this.#hostName() : this.#query.host;
  }

  #hostName(): string {
    const name = this.values.get('hostname')?.[0]?.words[0];
    const expanded = name === undefined ? this.#query.host : name.replaceAll('%h', this.#query.host);
    return this.#final ? expanded.toLowerCase() : expanded;
  }

  #matches(line: ConfigLine): boolean {
    let all = true;
    for (let index = 0; index < line.words.length; index++) {
      const word = (line.words[index] ?? '').toLowerCase();
      const negated = word.startsWith('!');
      const criterion = negated ? word.slice(1) : word;
      if (criterion === 'all') continue;
      if (criterion === 'final' || criterion === 'canonical') {
        if (criterion === 'final') this.wantsFinal = true;
        if (this.#final === negated) all = false;
        continue;
      }
      const argument = line.words[++index];
      const text = this.#criterion(criterion);
      if (argument === undefined || text === undefined) {
        const problem =
          text === undefined
            ? `Match ${criterion} is not supported, so its block is passed over`
            : `Match ${criterion} has no value`;
        this.problems.set(line, { ...line.place, problem });
        return false;
      }
      // Names of hosts are compared without case, and so are their patterns; Host, above, is not.
      const patterns = criterion.endsWith('host') ? argument.toLowerCase() : argument;
      if (matchesPatternList(patterns.split(','), text) === negated) all = false;
    }
    return all;
  }

  /** What a criterion is held against; undefined for those that we cannot judge. */
  #criterion(criterion: string): string | undefined {
    const first = (keyword: string): string | undefined => this.values.get(keyword)?.[0]?.words[0];
    switch (criterion) {
      case 'host':
        return this.#hostName().toLowerCase();
      case 'originalhost':
        return this.#query.host.toLowerCase();
      case 'user':
        return this.#query.user ?? first('user') ?? this.#query.localUser;
      case 'localuser':
        return this.#query.localUser;
      case 'tagged':
        return first('tag') ?? '';
      default:
        return undefined;
    }
  }
}

/** Evaluates the files for one host. */
export function evaluate({ files }: SshConfig, query: ConfigQuery): Evaluated {
  const evaluation = new Evaluation(query);
  evaluation.pass(files, false);
  if (evaluation.wantsFinal) evaluation.pass(files, true);
  return { values: evaluation.values, problems: [...evaluation.problems.values()] };
}

/** The hosts that the files have names for: what a person may pick. Patterns are none. */
export function namedHosts({ files }: SshConfig): string[] {
  const names = (file: ConfigFile): string[] =>
    file.lines.flatMap((line) => {
      if (line.included) return line.included.flatMap(names);
      return line.keyword === 'host' ? line.words.filter((word) => !/^!|[*?]/.test(word)) : [];
    });
  return [...new Set(files.flatMap(names))];
}
