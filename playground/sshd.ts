/** A real sshd with keys of its own, on loopback or in a network namespace, for the playground and the tests. Needs root. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownedDirectory } from '../tools/owned-directory.mjs';

const SSHD = '/usr/sbin/sshd';
/** Where sshd wants its empty directory, and where ours is: root's, and not below the world-writable /tmp. */
const RUN = '/run';
const PAM = '/etc/pam.d';
const LOOPBACK = '127.0.0.1';

export interface SshdOptions {
  /** Who may log in with the key; root by default. */
  users?: readonly string[];
  /** The keys that the host has; ed25519 alone by default. */
  hostKeyTypes?: readonly ('ed25519' | 'ecdsa' | 'rsa')[];
  /** A fixed port instead of a free one. */
  port?: number;
  /** Where it listens; 127.0.0.1 by default. */
  address?: string;
  /** The network namespace it runs in, by its name in /run/netns. */
  netns?: string;
  /**
   * The rules of a PAM service that it asks instead of Debian's `sshd`, whose session modules fail in some containers: a name,
   * and the lines of its file, which goes with it.
   */
  pam?: { service: string; lines: readonly string[] };
  /** More lines for its configuration. */
  config?: readonly string[];
}

/** A running sshd. */
export interface Sshd {
  readonly host: string;
  readonly port: number;
  /** The first of the users. */
  readonly user: string;
  /** A private key that they may log in with. */
  readonly identityFile: string;
  /** Holds this sshd's host keys. */
  readonly knownHostsFile: string;
  /** Its files. Gone after `stop`. */
  readonly directory: string;
  readonly pid: number;
  /** What sshd has written so far. */
  log(): string;
  /** Whether somebody is connected, signed in or not. */
  busy(): boolean;
  /** Has its host keys known at another port too, which leads to it. */
  knownAt(port: number): void;
  /** Cuts every connection, as a cable would be: nobody says good-bye, and what runs at the other end is left alone. */
  cut(): void;
  /** Ends it and every session of it, and removes its files. */
  stop(): Promise<void>;
}

function keygen(file: string, type: string): void {
  execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', 'mesh-redirect playground', '-f', file]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** sshd refuses a locked account ("!" in /etc/shadow) unless PAM decides; and PAM fails in some containers. */
function needsPam(users: readonly string[]): boolean {
  const shadow = readFileSync('/etc/shadow', 'utf8').split('\n');
  return users.some((user) => shadow.some((line) => line.startsWith(`${user}:!`)));
}

/** All processes below `pid`: sshd's sessions leave its process group. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    let stat: string;
    try {
      stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    } catch {
      continue; // It has ended meanwhile.
    }
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (parent: number): number[] =>
    (children.get(parent) ?? []).flatMap((child) => [child, ...below(child)]);
  return below(pid);
}

/** A user who is not root has a process of sshd's own, and one of theirs below it: both hold the connection. */
function isSshd(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === SSHD;
  } catch {
    return false; // It has ended meanwhile.
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Waits until it says that it listens: nobody has to reach it for that. */
async function ready(child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) break;
    if (log().includes('Server listening on')) return;
    await sleep(50);
  }
  throw new Error(`sshd did not start: ${log()}`);
}

/** sshd takes the name that it is started by for its PAM service. */
function pamProgram(directory: string, { service, lines }: NonNullable<SshdOptions['pam']>): string {
  writeFileSync(path.join(PAM, service), `${lines.join('\n')}\n`, { mode: 0o644 });
  const program = path.join(directory, service);
  symlinkSync(SSHD, program);
  return program;
}

/** The lines of a known_hosts file for the keys below `directory`. */
function knownHosts(directory: string, address: string, port: number, types: readonly string[]): string {
  const name = port === 22 ? address : `[${address}]:${port}`;
  const lines = types.map((type) => {
    const [keyType, key] = readFileSync(path.join(directory, `host_${type}.pub`), 'utf8').split(' ');
    return `${name} ${keyType ?? ''} ${key ?? ''}\n`;
  });
  return lines.join('');
}

/** What `prepare` has written. */
interface Prepared extends Pick<Sshd, 'knownAt'> {
  config: string;
  known: string;
}

/** Writes keys and configuration below `directory`. */
function prepare(directory: string, port: number, options: SshdOptions): Prepared {
  const address = options.address ?? LOOPBACK;
  const users = options.users ?? ['root'];
  const types = options.hostKeyTypes ?? ['ed25519'];
  // sshd reads authorized_keys as the user who logs in.
  chmodSync(directory, 0o755);
  for (const type of types) keygen(path.join(directory, `host_${type}`), type);
  keygen(path.join(directory, 'identity'), 'ed25519');
  writeFileSync(path.join(directory, 'authorized_keys'), readFileSync(path.join(directory, 'identity.pub')), {
    mode: 0o644,
  });
  const known = path.join(directory, 'known_hosts');
  writeFileSync(known, knownHosts(directory, address, port, types), { mode: 0o600 });
  const config = path.join(directory, 'sshd_config');
  const lines = [
    // The first of two lines counts.
    ...(options.config ?? []),
    `Port ${port}`,
    `ListenAddress ${address}`,
    'PidFile none',
    ...types.map((type) => `HostKey ${directory}/host_${type}`),
    `AuthorizedKeysFile ${directory}/authorized_keys`,
    `AllowUsers ${users.join(' ')}`,
    'PermitRootLogin prohibit-password',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    `UsePAM ${options.pam || needsPam(users) ? 'yes' : 'no'}`,
    'PrintMotd no',
    'UseDNS no',
    'MaxStartups 100',
    // A bash that sshd starts reads ~/.bashrc, unless another shell started it: what people have in theirs may take a second.
    'SetEnv SHLVL=1',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const knownAt = (other: number): void => {
    appendFileSync(known, knownHosts(directory, address, other, types));
  };
  return { config, known, knownAt };
}

/** Starts an sshd. Rejects with what it wrote if it does not come up. */
export async function startSshd(options: SshdOptions = {}): Promise<Sshd> {
  if (!existsSync(SSHD)) throw new Error(`There is no ${SSHD}: install openssh-server.`);
  mkdirSync(path.join(RUN, 'sshd'), { recursive: true, mode: 0o755 });
  const port = options.port ?? (await freePort());
  const directory = await ownedDirectory(RUN, 'mesh-redirect-sshd');
  const { config, known, knownAt } = prepare(directory, port, options);
  // setpriv: it ends with this process, even if that is killed.
  const program = options.pam ? pamProgram(directory, options.pam) : SSHD;
  const enter = options.netns === undefined ? [] : ['nsenter', `--net=/run/netns/${options.netns}`, '--'];
  const argv = ['setpriv', '--pdeathsig', 'TERM', '--', program, '-D', '-e', '-f', config];
  const [command = '', ...rest] = [...enter, ...argv];
  const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  let written = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written += text;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const { pid } = child;
  const stop = async (): Promise<void> => {
    const processes = pid === undefined ? [] : [...descendants(pid), pid];
    for (const process of processes) signal(process, 'SIGTERM');
    const grace = new AbortController();
    const stubborn = sleep(3000, undefined, { signal: grace.signal }).then(
      () => {
        for (const process of processes) signal(process, 'SIGKILL');
      },
      () => undefined,
    );
    await Promise.race([ended, stubborn]);
    await ended;
    grace.abort();
    rmSync(directory, { recursive: true, force: true });
    if (options.pam) rmSync(path.join(PAM, options.pam.service), { force: true });
  };
  try {
    await ready(child, () => written);
    if (pid === undefined) throw new Error('sshd has no process');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    host: options.address ?? LOOPBACK,
    port,
    user: options.users?.[0] ?? 'root',
    identityFile: path.join(directory, 'identity'),
    knownHostsFile: known,
    knownAt,
    directory,
    pid,
    log: () => written,
    busy: () => descendants(pid).length > 0,
    cut: () => {
      for (const session of descendants(pid).filter(isSshd)) signal(session, 'SIGKILL');
    },
    stop,
  };
}
