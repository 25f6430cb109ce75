import ssh2, { type BaseAgent, type ParsedKey } from 'ssh2';

/** A key that the ssh-agent holds. */
export interface AgentKey {
  readonly publicKey: Buffer;
  readonly comment: string;
  sign(data: Buffer, hash: 'sha1' | 'sha256' | 'sha512' | undefined): Promise<Buffer>;
}

function sign(
  agent: BaseAgent,
  key: ParsedKey,
  data: Buffer,
  hash: 'sha1' | 'sha256' | 'sha512' | undefined,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    agent.sign(key, data, hash === undefined ? {} : { hash }, (error, signature) => {
      if (signature) resolve(signature);
      else reject(error ?? new Error('the ssh-agent gave no signature'));
    });
  });
}

/** The keys that an ssh-agent holds and ssh2 can use. Rejects where it cannot be asked. */
export function agentKeys(socket: string): Promise<AgentKey[]> {
  const agent = ssh2.createAgent(socket);
  return new Promise((resolve, reject) => {
    agent.getIdentities((error, keys) => {
      if (!keys) {
        reject(error ?? new Error('the ssh-agent did not answer'));
        return;
      }
      // ssh2's own agents give parsed keys, and nothing else.
      const parsed = keys as ParsedKey[];
      resolve(
        parsed.map((key) => ({
          publicKey: key.getPublicSSH(),
          comment: key.comment,
          sign: (data, hash) => sign(agent, key, data, hash),
        })),
      );
    });
  });
}
