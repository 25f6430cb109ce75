import { access, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { AnyAuthMethod, utils as ssh2Utils } from 'ssh2';
import { NodeError } from '../errors';
import type { SshSettings } from './settings';

/** The key files that ssh(1) tries by itself, best first. */
const DEFAULT_KEYS = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

const NO_KEY_REMEDY = 'Name a private key in the node\'s settings, or load one with "ssh-add".';

function expandHome(file: string): string {
  return file.startsWith('~/') ? path.join(homedir(), file.slice(2)) : file;
}

async function firstDefaultKey(): Promise<string | undefined> {
  for (const name of DEFAULT_KEYS) {
    const file = path.join(homedir(), '.ssh', name);
    const readable = await access(file).then(
      () => true,
      () => false,
    );
    if (readable) return file;
  }
  return undefined;
}

async function readKey(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new NodeError(
      'bad-settings',
      `The private key ${file} cannot be read: ${(error as Error).message}.`,
      'Check the path and its permissions.',
      { cause: error },
    );
  }
}

/**
 * How to authenticate, in order. A key with a passphrase is left to the ssh-agent, which can ask for it.
 * @throws NodeError `bad-settings` if there is nothing to authenticate with
 */
export async function authenticationMethods(
  settings: SshSettings,
  parseKey: typeof ssh2Utils.parseKey,
): Promise<AnyAuthMethod[]> {
  const username = settings.user;
  const socket = settings.agentSocket ?? process.env['SSH_AUTH_SOCK'];
  const agent: AnyAuthMethod[] = socket ? [{ type: 'agent', username, agent: socket }] : [];
  if (settings.identityFile === undefined && socket) return agent;

  const file =
    settings.identityFile === undefined ? await firstDefaultKey() : expandHome(settings.identityFile);
  if (file === undefined) {
    throw new NodeError('bad-settings', 'There is no SSH key: no ssh-agent runs.', NO_KEY_REMEDY);
  }
  // ssh2 gives a list for OpenSSH's own format, which its types do not say.
  const [parsed] = [parseKey(await readKey(file))].flat();
  if (parsed instanceof Error) {
    // ssh2 has no code for it, only words.
    if (agent.length > 0 && /encrypted/i.test(parsed.message)) return agent;
    throw new NodeError(
      'bad-settings',
      `The private key ${file} cannot be used: ${parsed.message}.`,
      'A key with a passphrase must be loaded into the ssh-agent with "ssh-add".',
      { cause: parsed },
    );
  }
  if (!parsed?.isPrivateKey()) {
    throw new NodeError('bad-settings', `${file} holds no private key.`, NO_KEY_REMEDY);
  }
  return [{ type: 'publickey', username, key: parsed }];
}
