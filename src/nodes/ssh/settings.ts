import type { NodeTerms } from '../node';
import { hostText } from './host';

/**
 * How a node is reached by SSH: what is not said here is taken from `~/.ssh/config`, as ssh(1) would. Describing one loads
 * nothing.
 */
export interface SshSettings extends NodeTerms {
  /** A host of `~/.ssh/config`, a name or an address. */
  readonly host: string;
  readonly port?: number;
  /** Without it the one of `~/.ssh/config`, else root. */
  readonly user?: string;
  /** A private key, and no other is used; `~/` is the home directory. */
  readonly identityFile?: string;
  /** The ssh-agent's socket instead of `IdentityAgent` and `SSH_AUTH_SOCK`; '' for none. */
  readonly agentSocket?: string;
  /** Where the user's known host keys are read and added, instead of `UserKnownHostsFile`. */
  readonly knownHostsFile?: string;
  /** Instead of `~/.ssh/config` and the machine's own file, as `ssh -F`. */
  readonly configFile?: string;
  readonly label?: string;
  /** How long reaching each machine on the way may take, in milliseconds, without the time a person takes to answer. 15 s. */
  readonly connectTimeout?: number;
}

/** The same machine as the same user has the same id. */
export function sshNodeId({ user, host, port }: Pick<SshSettings, 'user' | 'host' | 'port'>): string {
  return `ssh:${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;
}

/** What a node is called that has no label of its own. */
export function sshNodeLabel({ user, host, port }: SshSettings): string {
  return `${user === undefined ? '' : `${user}@`}${hostText({ host, port })}`;
}

/**
 * How ssh(1) signs in to the same machine as the same user: what is not said, it takes from `~/.ssh/config` as we do.
 * @param user who was signed in
 */
export function sshArguments(
  { host, port, identityFile, knownHostsFile, configFile }: SshSettings,
  user: string | undefined,
): string[] {
  return [
    ...(configFile === undefined ? [] : ['-F', configFile]),
    ...(knownHostsFile === undefined ? [] : ['-o', `UserKnownHostsFile=${knownHostsFile}`]),
    ...(identityFile === undefined ? [] : ['-i', identityFile, '-o', 'IdentitiesOnly=yes']),
    ...(port === undefined ? [] : ['-p', String(port)]),
    user === undefined ? host : `${user}@${host}`,
  ];
}
