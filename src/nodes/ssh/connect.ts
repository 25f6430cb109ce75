import { startAgent } from '../agent/connect';
import type { AgentFiles } from '../agent/files';
import type { Connection, ConnectOptions } from '../node';
import { openSession } from './session';
import { hostText, type SshSettings } from './settings';
import { SshRunner } from './ssh-runner';

/** Connects, puts the agent there, starts it. The connection carries the agent and nothing else. */
export async function connectSsh(
  id: string,
  settings: SshSettings,
  agents: AgentFiles,
  options: ConnectOptions,
): Promise<Connection> {
  const session = await openSession(settings, options);
  const runner = new SshRunner(session, hostText(settings));
  try {
    const connection = await startAgent(id, runner, agents, options);
    void connection.agent.closed.then(() => session.client.end());
    return connection;
  } catch (error) {
    session.client.end();
    throw error;
  }
}
