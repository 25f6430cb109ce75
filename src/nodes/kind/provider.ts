/** The container engine that kind keeps its nodes in, chosen as kind itself chooses it. */
import type { Command } from '../runner';
import { ToolMissing, type Tools } from './tools';

/** The programs that speak for an engine, and how each answers `-v`; all of them speak Docker's own command line. */
const ANSWERS = {
  docker: /^Docker version/i,
  nerdctl: /^nerdctl version/i,
  finch: /^finch version/i,
  podman: /^podman version/i,
  'nerdctl.lima': /^nerdctl version/i,
} as const;

export type Provider = keyof typeof ANSWERS;

/** What kind looks for by itself, the first first. */
const BY_ITSELF: readonly Provider[] = ['docker', 'nerdctl', 'finch', 'podman'];

const isProvider = (name: string | undefined): name is Provider =>
  name !== undefined && Object.hasOwn(ANSWERS, name);

/** The engine that kind uses here; null where there is none. As kind does, it passes over a name that it does not know. */
export async function findProvider(tools: Tools, signal: AbortSignal): Promise<Provider | null> {
  const wanted = tools.environment['KIND_EXPERIMENTAL_PROVIDER'];
  for (const provider of isProvider(wanted) ? [wanted] : BY_ITSELF) {
    try {
      const { exitCode, stdout } = await tools.run({ file: provider, args: ['-v'] }, signal);
      if (exitCode === 0 && ANSWERS[provider].test(stdout)) return provider;
    } catch (error) {
      if (!(error instanceof ToolMissing)) throw error;
    }
  }
  return null;
}

/** How a node's container is, as far as it matters to who wants to reach it. */
export interface ContainerState {
  /** `running`, `exited`, `paused`, ... */
  readonly status: string;
  /** When it began to run: another time after each restart. */
  readonly started: string;
}

const STATE = '{{.State.Status}} {{.State.StartedAt}}';

export const stateCommand = (provider: Provider, container: string): Command => ({
  file: provider,
  args: ['inspect', '--type', 'container', '--format', STATE, container],
});

export function parseState(stdout: string): ContainerState {
  const [status = '', ...started] = stdout.trim().split(' ');
  return { status, started: started.join(' ') };
}

/** Names the running containers that are nodes of kind: other words as soon as one comes, goes or is made anew. */
export const fingerprintCommand = (provider: Provider): Command => ({
  file: provider,
  args: ['ps', '--filter', 'label=io.x-k8s.kind.cluster', '--format', '{{.ID}} {{.Names}}'],
});

/** What a person types to run a command on a node, on a terminal. Null: the shell that nodes of kind have. */
export const terminalCommand = (provider: Provider, container: string, command: Command | null): Command => ({
  file: provider,
  args: [
    'exec',
    '--privileged',
    '--interactive',
    '--tty',
    container,
    ...(command ? [command.file, ...command.args] : ['bash']),
  ],
});

/** What a command of a node is run by. As kind does it, with all that the node's own container may do. */
export const execCommand = (provider: Provider, container: string, { file, args }: Command): Command => ({
  file: provider,
  args: ['exec', '--privileged', '--interactive', container, file, ...args],
});
