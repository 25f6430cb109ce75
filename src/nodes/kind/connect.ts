import { startAgent } from '../agent/connect';
import type { AgentFiles } from '../agent/files';
import { NodeError } from '../errors';
import type { Connection, ConnectOptions } from '../node';
import { ContainerRunner } from './container-runner';
import type { KindNodeSettings } from './kind-node';
import { parseState, stateCommand, type ContainerState } from './provider';
import { ToolMissing, Tools } from './tools';

const gone = (container: string): NodeError =>
  new NodeError(
    'unreachable',
    `There is no container ${container} (any more).`,
    'The cluster was deleted, or is being made anew: kind get clusters says which there are.',
  );

async function look(
  tools: Tools,
  { provider, container }: KindNodeSettings,
  signal: AbortSignal,
): Promise<ContainerState> {
  try {
    const { exitCode, stdout, stderr } = await tools.run(stateCommand(provider, container), signal);
    if (exitCode === 0) return parseState(stdout);
    if (/no such (container|object)/i.test(stderr)) throw gone(container);
    const remedy = `Check that ${provider} runs, and that you may use it.`;
    throw new NodeError('unreachable', `${provider} does not tell of ${container}: ${stderr.trim()}`, remedy);
  } catch (error) {
    if (!(error instanceof ToolMissing)) throw error;
    throw new NodeError('missing-tool', error.message, `Install ${provider}, or add it to the PATH.`);
  }
}

/**
 * Reaches a node of kind through its container, and starts the agent there.
 * @throws NodeError `unreachable` where the container is gone or does not run, and what `startAgent` throws
 */
export async function connectKind(
  id: string,
  settings: KindNodeSettings,
  agents: AgentFiles,
  options: ConnectOptions,
  environment?: NodeJS.ProcessEnv,
): Promise<Connection> {
  const { provider, container } = settings;
  const tools = new Tools(options.log, environment);
  const state = await look(tools, settings, options.signal);
  if (state.status !== 'running') {
    throw new NodeError(
      'unreachable',
      `The container ${container} does not run: it is ${state.status || 'in no known state'}.`,
      `Start it: ${provider} start ${container}`,
    );
  }
  return startAgent(id, new ContainerRunner(tools, provider, container, state), agents, options);
}
