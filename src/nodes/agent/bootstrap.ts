/**
 * The one command that finds out what a node needs, and becomes the agent where that is there: data, run by survey.ts. Pure.
 * POSIX sh with `ls`, `id`, `uname`, `mkdir`, `rmdir`, `chmod`, `rm` and
 * `sha256sum`, as coreutils and busybox have them.
 */
import type { Architecture } from '../../core/model';
import type { Command } from '../runner';
import type { AgentFile } from './files';

/** Where the agent may be put, best first. */
export const AGENT_DIRECTORIES = [
  '/var/lib/mesh-redirect',
  '/opt/mesh-redirect',
  '/usr/local/lib/mesh-redirect',
  '/root/.mesh-redirect',
] as const;

/** What `uname -m` calls the architectures that there is an agent for. */
const MACHINES: ReadonlyMap<string, Architecture> = new Map([
  ['x86_64', 'x86_64'],
  ['amd64', 'x86_64'],
  ['aarch64', 'arm64'],
  ['arm64', 'arm64'],
]);

/** Begins every line that we print, so that what a login shell prints is told apart. */
const MARK = 'mesh-redirect:';

/** Runs as whoever we came in as, and goes on as root. $1 is the script below, the rest are its arguments. */
const ENTER = String.raw`
say() { printf 'mesh-redirect:%s=%s\n' "$1" "$2"; }
say uname "$(uname -srm)"
say user "$(id -un)"
inner=$1
shift
if [ "$(id -u)" = 0 ]; then
  say root login
  exec sh -c "$inner" mesh-redirect "$@"
fi
command -v sudo >/dev/null 2>&1 || { say root none; exit 0; }
say root sudo
exec sudo -n -- sh -c "$inner" mesh-redirect "$@"
`.trim();

/** The last line of a survey that ends with the agent: what follows on stdout is the agent's. */
export const STARTS = `${MARK}start=agent`;

/**
 * Runs as root. Arguments: `keep` or `remove`, for what becomes of the agent's file when it ends; machine, file name and SHA-256
 * of each agent that we have, --, the directories. The agent is started where its hash is the right one, and nowhere else.
 * HUP comes to who outlives a session, such as the shell that takes the file away.
 * A directory is usable if root owns it and all above it, nobody else may write to any of them, and a program
 * in it can really be run.
 */
const SURVEY = String.raw`
set -f
mask=$(umask)
umask 077
fate=$1
shift
say() { printf 'mesh-redirect:%s=%s\n' "$1" "$2"; }
say entered "$(id -u)"
machine=$(uname -m)
name=
while [ "$1" != -- ]; do
  if [ "$1" = "$machine" ]; then name=$2; sum=$3; fi
  shift 3
done
shift
[ -n "$name" ] || exit 0
command -v sha256sum >/dev/null 2>&1 || { say missing sha256sum; exit 0; }

roots_alone() (
  cd -P "$1" || exit 1
  while :; do
    set -- $(ls -ldn .)
    [ "$3" = 0 ] || exit 1
    case $1 in d????-??-*) ;; *) exit 1 ;; esac
    [ "$PWD" != / ] || exit 0
    cd -P .. || exit 1
  done
)
runs() {
  probe=$1/.probe-$$
  printf '#!/bin/sh\nexit 0\n' >"$probe" && chmod 700 "$probe" && "$probe"
  code=$?
  rm -f "$probe"
  return $code
}
usable() {
  if [ ! -d "$1" ]; then
    mkdir "$1" 2>/dev/null || { why='cannot be created'; return 1; }
    made=$1
  fi
  real=$(cd -P "$1" && pwd -P) || { why='cannot be entered'; return 1; }
  roots_alone "$real" || { why='others than root can write to it'; return 1; }
  (runs "$real") 2>/dev/null || { why='programs in it cannot be run'; return 1; }
}
start() {
  umask "$mask"
  say start agent
  [ "$fate" = remove ] || exec "$1"
  trap : HUP INT TERM
  "$1"
  code=$?
  rm -f -- "$1"
  rmdir -- "$real" 2>/dev/null
  exit $code
}
for directory; do
  made=
  if usable "$directory"; then
    say directory "$real"
    agent=$real/$name
    if [ -f "$agent" ] && [ ! -L "$agent" ]; then
      set -- $(ls -ldn "$agent")
      case $1:$3 in
        -??x?-??-*:0)
          set -- $(sha256sum <"$agent")
          say agent "$1"
          [ "$1" != "$sum" ] || start "$agent"
          ;;
        *) say agent untrusted ;;
      esac
    fi
    exit 0
  fi
  say unusable "$directory: $why"
  [ -z "$made" ] || rmdir "$made"
done
`.trim();

/** What becomes of the agent's file when the agent ends, however it does. */
export type Fate = 'keep' | 'remove';

function surveyArguments(agents: readonly AgentFile[], fate: Fate): string[] {
  const sums = [...MACHINES].flatMap(([machine, arch]) =>
    agents.filter((agent) => agent.arch === arch).flatMap((agent) => [machine, agent.name, agent.sha256]),
  );
  return [fate, ...sums, '--', ...AGENT_DIRECTORIES];
}

/** The command. It prints what `parseSurvey` reads, and then becomes the agent where that is there. */
export function surveyCommand(agents: readonly AgentFile[], fate: Fate): Command {
  return { file: 'sh', args: ['-c', ENTER, 'mesh-redirect', SURVEY, ...surveyArguments(agents, fate)] };
}

/** The part of it that is root's, to be run by somebody who is: what it prints belongs behind what the whole one printed. */
export function rootSurveyCommand(agents: readonly AgentFile[], fate: Fate): Command {
  return { file: 'sh', args: ['-c', SURVEY, 'mesh-redirect', ...surveyArguments(agents, fate)] };
}

/** What the survey found. Fields that were not reached are undefined. */
export interface Survey {
  readonly system: string | undefined;
  readonly machine: string | undefined;
  readonly kernel: string | undefined;
  readonly user: string | undefined;
  /** `undefined` for machines that no agent is built for. */
  readonly arch: Architecture | undefined;
  readonly root: 'login' | 'sudo' | 'none' | undefined;
  /** True if commands really run as root. */
  readonly entered: boolean;
  readonly missing: string | undefined;
  readonly directory: string | undefined;
  /** Directories that cannot be used, with the reason. */
  readonly unusable: readonly string[];
  /** The hash of the agent that is there; `untrusted` if others than root may have written it; undefined if none is. */
  readonly agent: string | undefined;
}

/** Reads what the survey printed, and passes over whatever else was printed. */
export function parseSurvey(stdout: string): Survey {
  const fields = new Map<string, string>();
  const unusable: string[] = [];
  for (const line of stdout.split('\n')) {
    if (!line.startsWith(MARK)) continue;
    const equals = line.indexOf('=');
    if (equals < 0) continue;
    const name = line.slice(MARK.length, equals);
    const value = line.slice(equals + 1).trim();
    if (name === 'unusable') unusable.push(value);
    else if (!fields.has(name)) fields.set(name, value);
  }
  const [system, kernel, machine] = fields.get('uname')?.split(' ') ?? [];
  const root = fields.get('root');
  return {
    system,
    machine,
    kernel,
    user: fields.get('user'),
    arch: MACHINES.get(machine ?? ''),
    root: root === 'login' || root === 'sudo' || root === 'none' ? root : undefined,
    entered: fields.get('entered') === '0',
    missing: fields.get('missing'),
    directory: fields.get('directory'),
    unusable,
    agent: fields.get('agent'),
  };
}
