import type { Connection, ConnectOptions, NodeTerms } from '../node';
import { NodeError } from '../errors';
import type { Runner } from '../runner';
import { listPods } from '../pods/list';
import { NodeShell } from '../shell';
import { AgentClient } from './client';
import type { AgentFiles } from './files';
import { startInstalled, type AskSudoPassword } from './install';
import { CLIENT, PROTOCOL } from './protocol';
import { ReadOnlyAgent } from './read-only';

/** Puts the agent on a node, starts it and greets it: the same for every way to reach a node. */
export async function startAgent(
  node: string,
  runner: Runner,
  agents: AgentFiles,
  { log, prompts, signal }: ConnectOptions,
  { readOnly = false, removeAgent = false }: NodeTerms = {},
): Promise<Connection> {
  const place = node.replace(/^\w+:/, '');
  const shell = new NodeShell(node, runner, log);
  const ask: AskSudoPassword = (user, again, asking) => {
    const title = `Password of ${user} for sudo on ${place}`;
    return prompts.askSecret({ kind: 'sudo', id: `sudo:${node}`, title, again, signal: asking });
  };
  const fate = removeAgent ? 'remove' : 'keep';
  const { channel, as } = await startInstalled(shell, agents, ask, { fate, signal });
  const client = new AgentClient(channel);
  const agent = readOnly ? new ReadOnlyAgent(client, place) : client;
  agent.on('log', ({ argv, exitCode = null, milliseconds = 0, netns = null, level, message }) => {
    if (argv) log.command({ node, argv, exitCode, milliseconds, netns, level });
    else log.message({ node, level, text: message });
  });
  void agent.closed.then((reason) => {
    log.message({ node, level: 'info', text: `The agent has ended: ${reason}.` });
  });
  try {
    const info = await agent.request('initialize', { protocol: PROTOCOL, client: CLIENT }, signal);
    if (info.protocol !== PROTOCOL) {
      throw new NodeError(
        'agent-protocol',
        `The agent speaks version ${info.protocol} of the protocol, the extension ${PROTOCOL}.`,
        'Install the extension again: its parts do not belong together.',
      );
    }
    return {
      info,
      agent,
      readOnly,
      pods: (asking) => listPods(shell, as, asking),
      byHand: (command) => runner.byHand(as.byHand(command)),
      dispose: () => {
        agent.dispose();
      },
    };
  } catch (error) {
    agent.dispose();
    throw error;
  }
}
