import type { Connection, ConnectOptions } from '../node';
import { NodeError } from '../errors';
import type { Runner } from '../runner';
import { NodeShell } from '../shell';
import { AgentClient } from './client';
import type { AgentFiles } from './files';
import { installAgent, type AskSudoPassword } from './install';
import { CLIENT, PROTOCOL } from './protocol';

/** Puts the agent on a node, starts it and greets it: the same for every way to reach a node. */
export async function startAgent(
  node: string,
  runner: Runner,
  agents: AgentFiles,
  { log, prompts, signal }: ConnectOptions,
): Promise<Connection> {
  const shell = new NodeShell(node, runner, log);
  const ask: AskSudoPassword = (user, again, asking) => {
    const place = node.replace(/^\w+:/, '');
    const title = `Password of ${user} for sudo on ${place}`;
    return prompts.askSecret({ kind: 'sudo', id: `sudo:${node}`, title, again, signal: asking });
  };
  const { command, as } = await installAgent(shell, agents, ask, signal);
  const agent = new AgentClient(await shell.start(command, signal, as));
  agent.onLog(({ argv, exitCode, milliseconds, level, message }) => {
    if (argv) log.command({ node, argv, exitCode: exitCode ?? null, milliseconds: milliseconds ?? 0, level });
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
      dispose: () => {
        agent.dispose();
      },
    };
  } catch (error) {
    agent.dispose();
    throw error;
  }
}
