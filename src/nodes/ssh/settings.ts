/** How a node is reached by SSH. Describing one loads nothing. */
export interface SshSettings {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** A private key; `~/` is the home directory. Without it: the ssh-agent, else the usual files of ~/.ssh. */
  readonly identityFile?: string;
  /** The ssh-agent's socket instead of `SSH_AUTH_SOCK`. */
  readonly agentSocket?: string;
  /** Where the user's known host keys are read and added, instead of `~/.ssh/known_hosts`. */
  readonly knownHostsFile?: string;
  readonly label?: string;
  /** How long reaching the node may take, in milliseconds, without the time a person takes to answer. 15 s. */
  readonly connectTimeout?: number;
}

/** The same machine as the same user has the same id. */
export function sshNodeId({ user, host, port }: SshSettings): string {
  return `ssh:${user}@${host}:${port}`;
}

/** `host` or `[host]:port`, as a person writes it. */
export function hostText({ host, port }: Pick<SshSettings, 'host' | 'port'>): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === 22 ? host : `${bracketed}:${port}`;
}
