/** The keys to offer a host, in the order of ssh(1): of the ssh-agent those that are named, its others, the files. */
import type { ParsedKey } from 'ssh2';
import { NodeError } from '../errors';
import { agentKeys, type AgentKey } from './agent-keys';
import type { SshHost, IdentityFile } from './host';
import { KeyFileError, readKeyFile, type KeyFile } from './key-file';

export type Hash = 'sha1' | 'sha256' | 'sha512' | undefined;

/** A key that can be offered. */
export interface Identity {
  /** For a person: a file, or a comment in the ssh-agent. */
  readonly name: string;
  /** What is offered. May have to ask for a passphrase, where only that tells. */
  publicKey(): Promise<Buffer>;
  /** May have to ask for a passphrase. */
  sign(data: Buffer, hash: Hash): Promise<Buffer>;
}

/** Opens a locked key, or rejects. */
export type Unlock = (file: string, locked: Extract<KeyFile, { kind: 'locked' }>) => Promise<ParsedKey>;

/** ssh2 gives its errors back instead of throwing them. */
function signWith(key: ParsedKey, data: Buffer, hash: Hash): Buffer {
  const signature: Buffer | Error = key.sign(data, hash);
  if (signature instanceof Error) throw signature;
  return signature;
}

function ofAgent(key: AgentKey, name: string): Identity {
  return {
    name,
    publicKey: () => Promise.resolve(key.publicKey),
    sign: (data, hash) => key.sign(data, hash),
  };
}

function ofFile(file: string, content: Exclude<KeyFile, { kind: 'public' }>, unlock: Unlock): Identity {
  if (content.kind === 'open') {
    return {
      name: file,
      publicKey: () => Promise.resolve(content.publicKey),
      sign: (data, hash) => Promise.resolve(signWith(content.key, data, hash)),
    };
  }
  return {
    name: file,
    publicKey: async () => content.publicKey ?? (await unlock(file, content)).getPublicSSH(),
    sign: async (data, hash) => signWith(await unlock(file, content), data, hash),
  };
}

async function listAgent(socket: string | null, tell: (problem: string) => void): Promise<AgentKey[]> {
  if (socket === null) return [];
  try {
    return await agentKeys(socket);
  } catch (error) {
    tell(`the ssh-agent at ${socket} cannot be asked (${(error as Error).message})`);
    return [];
  }
}

/** Undefined, and told, for a file that is of no use. @throws NodeError `bad-settings` where a setting names it */
async function readIdentity(
  { file, from }: IdentityFile,
  tell: (problem: string) => void,
): Promise<KeyFile | undefined> {
  try {
    return await readKeyFile(file);
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    const problem = `the private key ${file} ${error.message}`;
    if (from === 'setting') {
      throw new NodeError(
        'bad-settings',
        `T${problem.slice(1)}.`,
        'Check the path in the node’s settings, and the permissions of the file.',
        { cause: error },
      );
    }
    const absent = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    if (from === 'config' || !absent) tell(problem);
    return undefined;
  }
}

/**
 * Finds the keys for a host. Nothing is decrypted and nobody is asked yet.
 * @param tell told of every key that cannot be had, as a part of a sentence
 * @throws NodeError `bad-settings` where the key of the node's settings cannot be had
 */
export async function findIdentities(
  host: SshHost,
  unlock: Unlock,
  tell: (problem: string) => void,
): Promise<Identity[]> {
  const held = await listAgent(host.agent, tell);
  const files: (IdentityFile & { content: KeyFile | undefined })[] = [];
  // One after another: what is wrong with them is told in their order.
  for (const named of host.identityFiles) {
    files.push({ ...named, content: await readIdentity(named, tell) });
  }
  const named = new Map<AgentKey, string>();
  const alone: Identity[] = [];
  for (const { file, from, content } of files) {
    if (!content) continue;
    const same = held.find(({ publicKey }) => content.publicKey?.equals(publicKey) === true);
    if (same) named.set(same, file);
    else if (content.kind !== 'public') alone.push(ofFile(file, content, unlock));
    else if (from === 'setting') {
      throw new NodeError(
        'bad-settings',
        `${file} holds no private key, and the ssh-agent does not have it.`,
        'Name the private key, or load it with "ssh-add".',
      );
    } else tell(`${file} holds no private key, and the ssh-agent does not have it`);
  }
  const ofName = held.filter((key) => named.has(key)).map((key) => ofAgent(key, named.get(key) ?? ''));
  const others = held
    .filter((key) => !host.identitiesOnly && !named.has(key))
    .map((key) => ofAgent(key, `${key.comment} of the ssh-agent`));
  return [...ofName, ...others, ...alone];
}
