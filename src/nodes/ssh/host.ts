/** One machine on the way to a node, as it is to be reached: all that ssh_config and the node's settings say of it. */
import type { Place } from './config/file';

/** A machine to go through, as `ProxyJump` names it. */
export interface Jump {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
}

/** A file with a key. */
export interface IdentityFile {
  readonly file: string;
  /** Who names it; `usual`: nobody, but ssh(1) would try it. */
  readonly from: 'setting' | 'config' | 'usual';
}

export type AuthenticationMethod = 'publickey' | 'keyboard-interactive' | 'password';

export interface SshHost {
  /** As it was asked for: an alias, a name or an address. */
  readonly alias: string;
  /** What is connected to. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** The last of them is the one that connects to this host. Empty: nobody in between. */
  readonly jumps: readonly Jump[];
  /** Where the jumps are named. */
  readonly jumpsFrom: Place | undefined;
  /** A command of the person's own whose stdin and stdout are the connection, instead of jumps; tokens are put in. */
  readonly proxyCommand: string | undefined;
  readonly addressFamily: 0 | 4 | 6;
  readonly bindAddress: string | undefined;
  /** Milliseconds for the connection and the handshake, without the time that a person takes. */
  readonly connectTimeout: number;
  /** `interval` in milliseconds; a host that leaves `count` of them unanswered is lost. */
  readonly keepalive: { readonly interval: number; readonly count: number };

  /** What known_hosts calls it instead of its name. */
  readonly hostKeyAlias: string | undefined;
  /** New keys go to the first of the user's files. */
  readonly userKnownHosts: readonly string[];
  readonly globalKnownHosts: readonly string[];
  readonly hashKnownHosts: boolean;
  /** What becomes of a key that nobody knows. `refuse`: not asked for. */
  readonly unknownHostKey: 'ask' | 'refuse' | 'accept';

  readonly identityFiles: readonly IdentityFile[];
  /** The ssh-agent's keys are used only where a file of `identityFiles` names them. */
  readonly identitiesOnly: boolean;
  /** The ssh-agent's socket or pipe, `pageant`, or null for none. */
  readonly agent: string | null;
  /** In the order in which they are tried. */
  readonly methods: readonly AuthenticationMethod[];
  /** How often a passphrase or a password may be wrong. */
  readonly tries: number;
  /** False (`BatchMode yes`): nobody is to be asked. */
  readonly mayAsk: boolean;
}

/** `user@host` or `user@host:port`, as a person writes it. */
export function accountText({ user, host, port }: Pick<SshHost, 'user' | 'host' | 'port'>): string {
  return `${user}@${hostText({ host, port })}`;
}

/** `host` or `[host]:port`, as a person writes it. */
export function hostText({ host, port }: { host: string; port?: number | undefined }): string {
  const bracketed = host.includes(':') ? `[${host}]` : host;
  return port === undefined || port === 22 ? host : `${bracketed}:${port}`;
}
