import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Params } from '../../../src/nodes/agent/protocol';
import type { Pod } from './pod';
import { loadParams, redirectObject } from './redirect-object';

export type Apply = Params<'switch/apply'>;
export type Call = Apply['steps'][number]['call'];
export type Step = Apply['steps'][number];

/** Where the agents keep the journals of switches. */
export const JOURNALS = '/run/mesh-redirect';

export const newSwitch = (): string => randomBytes(16).toString('hex');

/** What `switch/apply` takes: an armed switch of these steps that nobody confirms by itself. */
export function applyParams(workload: string, steps: Step[], more: Partial<Apply> = {}): Apply {
  return {
    workload,
    switch: newSwitch(),
    holder: 'alice@laptop',
    title: 'Switch to iptables',
    deadline: 60,
    drain: 0,
    steps,
    closing: null,
    undoClosing: null,
    ...more,
  };
}

type Tool = Pick<Params<'iptables/restore'>, 'family' | 'backend' | 'waitSeconds'>;

/** A call that writes to `nat`. */
export const restore = (workload: string, lines: string[], tool: Partial<Tool> = {}): Call => ({
  verb: 'iptables/restore',
  params: {
    workload,
    family: 'ipv4',
    backend: 'nft',
    text: `*nat\n${lines.join('\n')}\nCOMMIT\n`,
    waitSeconds: 1,
    ...tool,
  },
});

/** A step that adds a chain with a jump to it from OUTPUT. */
export const addChain = (workload: string, name: string, tool: Partial<Tool> = {}): Step => ({
  title: `Add ${name}`,
  call: restore(
    workload,
    [`:${name} - [0:0]`, `-A ${name} -p tcp -j RETURN`, `-A OUTPUT -p tcp -j ${name}`],
    tool,
  ),
  undo: [restore(workload, [`-D OUTPUT -p tcp -j ${name}`, `-F ${name}`, `-X ${name}`], tool)],
});

/** A step that takes such a chain away. Its undo, done once too often, would leave two jumps. */
export const removeChain = (workload: string, name: string, tool: Partial<Tool> = {}): Step => {
  const { call, undo } = addChain(workload, name, tool);
  return { title: `Remove ${name}`, call: undo[0] ?? call, undo: [call] };
};

/** A step that fails in the kernel after its test. */
export const failing = (workload: string): Step => ({
  title: 'Fail',
  call: restore(workload, ['-A OUTPUT -j NO_SUCH_CHAIN']),
  undo: [],
});

/** Steps that load the programs and attach some. */
export function attachSteps(workload: string, hooks: string[]): Step[] {
  return [
    { title: 'Load', call: { verb: 'bpf/load', params: loadParams(workload, redirectObject()) }, undo: [] },
    {
      title: 'Attach',
      call: { verb: 'bpf/attach', params: { workload, load: { ref: 'load' }, programs: hooks } },
      undo: [{ verb: 'bpf/detach', params: { workload, hooks } }],
    },
  ];
}

/** The rules of all families and back-ends, without counters and comments, and without the tables that are empty. */
export async function rulesOf(pod: Pod): Promise<string> {
  const texts: string[] = [];
  for (const program of ['iptables-nft', 'ip6tables-nft', 'iptables-legacy', 'ip6tables-legacy'])
    texts.push(`${program}\n${withoutCounters(await pod.run([`${program}-save`]))}`);
  return texts.join('\n');
}

const withoutCounters = (text: string): string =>
  text
    .split('\n')
    .filter((line) => /^-|^:\S+ -/.test(line))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''))
    .join('\n');

/** The names in the directory of the journals; none where it is not there: it goes with the last one at any time. */
export function journalFiles(directory = JOURNALS): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * The processes that have the journal of a workload open: its keeper, and what that runs. With a name only those that are
 * called so, which is quicker.
 */
export function keepersOf(workload: string, name?: string): number[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && (name === undefined || nameOf(pid) === name))
    .map(Number)
    .filter((pid) => filesOf(pid).some((path) => path === join(JOURNALS, workload)));
}

function nameOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ''; // ended meanwhile
  }
}

function filesOf(pid: number): string[] {
  const directory = `/proc/${pid}/fd`;
  try {
    return readdirSync(directory).flatMap((fd) => {
      try {
        return [readlinkSync(join(directory, fd))];
      } catch {
        return []; // closed meanwhile
      }
    });
  } catch {
    return []; // ended meanwhile
  }
}
