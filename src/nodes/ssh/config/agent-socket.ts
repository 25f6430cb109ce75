import type { Tokens, Values } from './values';

/** Windows' own ssh-agent. */
const WINDOWS_PIPE = String.raw`\\.\pipe\openssh-ssh-agent`;

function usual(): string | null {
  const socket = process.env['SSH_AUTH_SOCK'];
  if (socket) return socket;
  return process.platform === 'win32' ? WINDOWS_PIPE : null;
}

/**
 * Where the ssh-agent listens: what the node's settings say ('' for nowhere), else `IdentityAgent`, else `SSH_AUTH_SOCK`, else
 * Windows' named pipe. `pageant` is PuTTY's. Null for none.
 */
export function agentSocket(values: Values, setting: string | undefined, tokens: Tokens): string | null {
  if (setting !== undefined) return setting === '' ? null : setting;
  const line = values.line('identityagent');
  if (!line) return usual();
  const [word] = line.words;
  if (word.toLowerCase() === 'none') return null;
  if (word === 'SSH_AUTH_SOCK') return usual();
  const variable = /^\$\{?(\w+)\}?$/.exec(word)?.[1];
  if (variable !== undefined) return process.env[variable] ?? null;
  return values.file(line, word, tokens) ?? null;
}
