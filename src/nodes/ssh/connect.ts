import { access } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import path from 'node:path';
import { startAgent } from '../agent/connect';
import type { AgentFiles } from '../agent/files';
import type { Connection, ConnectOptions } from '../node';
import { loadSshConfig, placeText } from './config/file';
import { hostText } from './host';
import type { KeyRing } from './key-ring';
import { findRoute } from './route';
import { openSession } from './session';
import { sshArguments, type SshSettings } from './settings';
import { SshRunner } from './ssh-runner';

/** Who signs in to a node for which nobody names a user: what is done there takes root. */
const FALLBACK_USER = 'root';

/** ssh(1) finds a person's home by the system's list of users, and we as most programs do, by HOME: it has to be told where they differ. */
async function ownConfig(): Promise<{ configFile?: string }> {
  if (homedir() === systemHome()) return {};
  const configFile = path.join(homedir(), '.ssh', 'config');
  return await access(configFile).then(
    () => ({ configFile }),
    () => ({}),
  );
}

/** Of a user who is in the system's list; ssh(1) refuses others. */
function systemHome(): string | null {
  try {
    return userInfo().homedir;
  } catch {
    return null;
  }
}

/** Connects, puts the agent there, starts it. The connection carries the agent and nothing else. */
export async function connectSsh(
  id: string,
  settings: SshSettings,
  agents: AgentFiles,
  keys: KeyRing,
  options: ConnectOptions,
): Promise<Connection> {
  const { prompts, signal, turn } = options;
  const warn = (text: string): void => {
    options.log.message({ node: id, level: 'warn', text });
  };
  const config = await loadSshConfig(settings.configFile);
  const route = findRoute(config, { ...settings, fallbackUser: FALLBACK_USER });
  for (const { problem, ...place } of [...config.problems, ...route.problems]) {
    warn(`${placeText(place)} is passed over: ${problem}.`);
  }
  const session = await openSession(route, { prompts, keys, warn, signal, turn });
  const runner = new SshRunner(
    session,
    hostText(settings),
    sshArguments({ ...(await ownConfig()), ...settings }, route.hosts.at(-1)?.user),
  );
  try {
    const connection = await startAgent(id, runner, agents, options, settings);
    void connection.agent.closed.then(() => {
      session.end();
    });
    return connection;
  } catch (error) {
    session.end();
    throw error;
  }
}
