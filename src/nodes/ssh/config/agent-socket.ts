import type { Tokens, Values } from './values';

/** Windows' own ssh-agent. */
const WINDOWS_PIPE = String.raw`\\.\pipe\openssh-ssh-agent`;

/** What of a machine decides where its ssh-agent is. */
type Machine = Pick<NodeJS.Process, 'env' | 'platform'>;

function usual({ env, platform }: Machine): string | null {
  const socket = env['SSH_AUTH_SOCK'];
  if (socket) return socket;
  return platform === 'win32' ? WINDOWS_PIPE : null;
}

/**
 * Where the ssh-agent listens: what the node's settings say ('' for nowhere), else `IdentityAgent`, else `SSH_AUTH_SOCK`, else
 * Windows' named pipe. `pageant` is PuTTY's. Null for none.
 */
export function agentSocket(
  values: Values,
  setting: string | undefined,
  tokens: Tokens,
  machine: Machine = process,
): string | null {
  if (setting !== undefined) return setting === '' ? null : setting;
  const line = values.line('identityagent');
  if (!line) return usual(machine);
  const [word] = line.words;
  if (word.toLowerCase() === 'none') return null;
  if (word === 'SSH_AUTH_SOCK') return usual(machine);
  const variable = /^\$\{?(\w+)\}?$/.exec(word)?.[1];
  if (variable !== undefined) return machine.env[variable] ?? null;
  return values.file(line, word, tokens) ?? null;
}
