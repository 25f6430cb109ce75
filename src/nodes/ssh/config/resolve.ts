/** From what a person asks for and what the files say to a host that can be reached. */
import { createHash } from 'node:crypto';
import { homedir, hostname, userInfo } from 'node:os';
import path from 'node:path';
import type { AuthenticationMethod, IdentityFile, Jump, SshHost } from '../host';
import { agentSocket } from './agent-socket';
import { evaluate } from './evaluate';
import { expandHome, type ConfigProblem, type SshConfig } from './file';
import { parseJumps } from './jump';
import { Values, type Tokens } from './values';

/** What comes before the files, as options of the command line do. */
export interface HostRequest extends Jump {
  /** Where nobody names a user; the local user's name by default. */
  readonly fallbackUser?: string;
  /** This key and no other. */
  readonly identityFile?: string;
  /** '' for none. */
  readonly agentSocket?: string;
  readonly knownHostsFile?: string;
  /** Milliseconds. */
  readonly connectTimeout?: number;
}

const CONNECT_TIMEOUT = 15_000;
/** ssh(1) has none by default. We have: a lost node is to be noticed. Milliseconds. */
const KEEPALIVE = { interval: 10_000, count: 3 };
const TRIES = 3;
/** ssh(1)'s own, without those that need hardware: those are the ssh-agent's. */
const DEFAULT_KEYS = ['id_rsa', 'id_ecdsa', 'id_ed25519'];
const METHODS: readonly AuthenticationMethod[] = ['publickey', 'keyboard-interactive', 'password'];

/** The name of who runs this; '' where the machine has no name for them. */
export function localUser(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env['USER'] ?? process.env['USERNAME'] ?? '';
  }
}

function tokensFor(
  host: Pick<SshHost, 'alias' | 'host' | 'port' | 'user'>,
  keyAlias: string | undefined,
): Tokens {
  const local = hostname();
  const hash = createHash('sha1').update(`${local}${host.host}${host.port}${host.user}`).digest('hex');
  return {
    C: hash,
    d: homedir(),
    h: host.host,
    i: String(process.getuid?.() ?? ''),
    k: keyAlias ?? host.alias,
    L: local.split('.')[0] ?? '',
    l: local,
    n: host.alias,
    p: String(host.port),
    r: host.user,
    u: localUser(),
  };
}

function methodsFrom(values: Values): AuthenticationMethod[] {
  const allowed: Readonly<Record<AuthenticationMethod, boolean>> = {
    publickey: values.text('pubkeyauthentication')?.toLowerCase() !== 'no',
    'keyboard-interactive':
      (values.flag('kbdinteractiveauthentication') ?? values.flag('challengeresponseauthentication')) !==
      false,
    password: values.flag('passwordauthentication') !== false,
  };
  const preferred = values.text('preferredauthentications')?.split(',') ?? METHODS;
  return preferred.filter((name): name is AuthenticationMethod => allowed[name as AuthenticationMethod]);
}

function identityFiles(values: Values, request: HostRequest, tokens: Tokens): IdentityFile[] {
  const { identityFile } = request;
  if (identityFile !== undefined) {
    return [{ file: expandHome(identityFile), from: 'setting' }];
  }
  const lines = values.lines('identityfile');
  const named = lines
    .filter(({ words }) => words[0].toLowerCase() !== 'none')
    .flatMap((line) => values.file(line, line.words[0], tokens) ?? [])
    .map((file) => ({ file: path.resolve(file), from: 'config' as const }));
  if (lines.length > 0) return named;
  return DEFAULT_KEYS.map((name) => ({ file: path.join(homedir(), '.ssh', name), from: 'usual' }));
}

/** `none` and nothing else: no file. */
function knownHostsFiles(
  values: Values,
  keyword: string,
  tokens: Tokens,
  usual: readonly string[],
): string[] {
  const line = values.line(keyword);
  if (!line) return [...usual];
  if (line.words.length === 1 && line.words[0].toLowerCase() === 'none') return [];
  return line.words.flatMap((word) => values.file(line, word, tokens) ?? []);
}

function jumpsFrom(values: Values, tokens: Tokens): { jumps: Jump[]; wrong?: string } {
  const line = values.line('proxyjump');
  if (!line) return { jumps: [] };
  const { h = '', n = '', p = '', r = '' } = tokens;
  const text = values.expand(line, line.words[0], { h, n, p, r });
  const jumps = parseJumps(text ?? line.words[0]);
  return typeof jumps === 'string' ? { jumps: [], wrong: jumps } : { jumps };
}

function proxyCommand(values: Values, { h = '', n = '', p = '', r = '' }: Tokens): string | undefined {
  const line = values.line('proxycommand');
  if (!line || line.text.toLowerCase() === 'none') return undefined;
  return values.expand(line, line.text, { h, n, p, r });
}

function keepalive(values: Values): SshHost['keepalive'] {
  const seconds = values.seconds('serveraliveinterval');
  const interval = seconds === undefined ? KEEPALIVE.interval : seconds * 1000;
  return { interval, count: values.whole('serveralivecountmax', 1, 1000) ?? KEEPALIVE.count };
}

/** @throws nothing: what is wrong in the files is in `problems`, and `unusable` says what cannot be passed over. */
export function resolveHost(
  config: SshConfig,
  request: HostRequest,
): { host: SshHost; problems: readonly ConfigProblem[]; unusable: ConfigProblem | undefined } {
  const ask = (user: string | undefined): ReturnType<typeof evaluate> =>
    evaluate(config, { host: request.host, localUser: localUser(), ...(user === undefined ? {} : { user }) });
  let evaluated = ask(request.user);
  const named = request.user ?? evaluated.values.get('user')?.[0]?.words[0];
  // As if it had been said with the host: `Match user` is to see it.
  if (named === undefined && request.fallbackUser !== undefined) evaluated = ask(request.fallbackUser);
  const values = new Values(evaluated.values);

  const alias = request.host;
  const nameLine = values.line('hostname');
  const name = nameLine && values.expand(nameLine, nameLine.words[0], { h: alias });
  const account = {
    alias,
    host: (name ?? alias).toLowerCase(),
    port: request.port ?? values.whole('port', 1, 65535) ?? 22,
    user: named ?? request.fallbackUser ?? localUser(),
  };
  const hostKeyAlias = values.text('hostkeyalias');
  const tokens = tokensFor(account, hostKeyAlias);
  const { jumps, wrong } = jumpsFrom(values, tokens);
  const jumpLine = values.line('proxyjump') ?? values.line('proxycommand');
  const seconds = values.seconds('connecttimeout');
  const home = path.join(homedir(), '.ssh');
  const host: SshHost = {
    ...account,
    jumps,
    jumpsFrom: jumpLine?.place,
    proxyCommand: proxyCommand(values, tokens),
    addressFamily: { any: 0, inet: 4, inet6: 6 }[
      values.choice('addressfamily', { any: 'any', inet: 'inet', inet6: 'inet6' }) ?? 'any'
    ] as SshHost['addressFamily'],
    bindAddress: values.text('bindaddress'),
    connectTimeout:
      request.connectTimeout ?? (seconds === undefined || seconds === 0 ? CONNECT_TIMEOUT : seconds * 1000),
    keepalive: keepalive(values),
    hostKeyAlias,
    userKnownHosts:
      request.knownHostsFile === undefined
        ? knownHostsFiles(values, 'userknownhostsfile', tokens, [
            path.join(home, 'known_hosts'),
            path.join(home, 'known_hosts2'),
          ])
        : [request.knownHostsFile],
    globalKnownHosts: knownHostsFiles(values, 'globalknownhostsfile', tokens, [
      '/etc/ssh/ssh_known_hosts',
      '/etc/ssh/ssh_known_hosts2',
    ]),
    hashKnownHosts: values.flag('hashknownhosts') ?? false,
    unknownHostKey:
      values.choice('stricthostkeychecking', {
        yes: 'refuse',
        true: 'refuse',
        ask: 'ask',
        no: 'ask',
        off: 'ask',
        false: 'ask',
        'accept-new': 'accept',
      }) ?? 'ask',
    identityFiles: identityFiles(values, request, tokens),
    identitiesOnly: request.identityFile !== undefined || (values.flag('identitiesonly') ?? false),
    agent: agentSocket(values, request.agentSocket, tokens),
    methods: methodsFrom(values),
    tries: values.whole('numberofpasswordprompts', 1, 100) ?? TRIES,
    mayAsk: values.flag('batchmode') !== true,
  };
  const unusable =
    wrong !== undefined && jumpLine ? { ...jumpLine.place, problem: `ProxyJump: ${wrong}` } : undefined;
  return { host, problems: [...evaluated.problems, ...values.problems], unusable };
}
