import type { Socket } from 'node:net';
import ssh2, { type Client } from 'ssh2';
import { abortable } from '../abort';
import { NodeError } from '../errors';
import type { CommandLog, Prompts } from '../node';
import { authenticationMethods } from './authentication';
import { Deadline } from './deadline';
import { HostCheck } from './host-check';
import { loadKnownHosts, userKnownHostsFile } from './known-hosts-file';
import { hostText, sshNodeId, type SshSettings } from './settings';
import { openTcp } from './tcp';

const CONNECT_TIMEOUT = 15_000;
/** A node that does not answer three of these, in milliseconds, is lost. */
const KEEPALIVE_INTERVAL = 10_000;

/** ssh2 marks its errors with the layer that they come from. */
type SshError = Error & { level?: string };

/** An authenticated SSH connection. */
export interface Session {
  readonly client: Client;
  /** Why the connection was lost, once it was. */
  lostBecause(): string | undefined;
}

function handshakeError(settings: SshSettings, error: SshError, agentTrouble: string | undefined): NodeError {
  const host = hostText(settings);
  if (error.level === 'client-authentication') {
    return new NodeError(
      'authentication-refused',
      `${host} refused to let ${settings.user} in${agentTrouble === undefined ? '' : ` (ssh-agent: ${agentTrouble})`}.`,
      "Check the user's name, and that the public key is in the user's authorized_keys on the node.",
      { cause: error },
    );
  }
  return new NodeError(
    'unreachable',
    `The SSH connection to ${host} failed: ${error.message}.`,
    'Check that an SSH server answers on this port.',
    { cause: error },
  );
}

/** Shakes hands over an open socket. The host's key is checked before anything of ours is offered. */
function shakeHands(
  client: Client,
  socket: Socket,
  settings: SshSettings,
  check: HostCheck,
  authHandler: Awaited<ReturnType<typeof authenticationMethods>>,
  deadline: Deadline,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let refused: unknown;
    let agentTrouble: string | undefined;
    let remembered = Promise.resolve();
    client.once('handshake', () => {
      remembered = check.proved();
      remembered.catch(reject);
    });
    client.once('ready', () => {
      remembered.then(resolve, reject);
    });
    client.on('error', (error: SshError) => {
      // The ssh-agent's trouble is not the end: another method may follow.
      if (error.level === 'agent') agentTrouble = error.message;
      else reject((refused as Error | undefined) ?? handshakeError(settings, error, agentTrouble));
    });
    client.once('close', () => {
      const error = new Error('the node closed it');
      reject((refused as Error | undefined) ?? handshakeError(settings, error, agentTrouble));
    });
    client.connect({
      sock: socket,
      username: settings.user,
      authHandler,
      algorithms: { serverHostKey: [...check.algorithms] },
      // Our own deadline, which stands still while a person is asked.
      readyTimeout: 0,
      keepaliveInterval: KEEPALIVE_INTERVAL,
      keepaliveCountMax: 3,
      hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
        deadline
          .pausedFor(() => check.check(key))
          .then(
            () => {
              verify(true);
            },
            (error: unknown) => {
              refused = error;
              verify(false);
            },
          );
      },
    });
  });
}

/**
 * Connects and authenticates.
 * @throws NodeError `unreachable`, `port-closed`, `host-key-changed`, `host-key-rejected`,
 * `authentication-refused`, `bad-settings`, `cancelled`
 */
export async function openSession(
  settings: SshSettings,
  options: { prompts: Prompts; log: CommandLog; signal: AbortSignal },
): Promise<Session> {
  const knownHostsFile = settings.knownHostsFile ?? userKnownHostsFile();
  const { known, malformed } = await loadKnownHosts(knownHostsFile);
  for (const { file, line, problem } of malformed) {
    const text = `${file}:${line} is passed over: ${problem}.`;
    options.log.message({ node: sshNodeId(settings), level: 'warn', text });
  }
  const methods = await authenticationMethods(settings, ssh2.utils.parseKey);
  const check = new HostCheck(settings, known, knownHostsFile, {
    // Who gave up meanwhile has trusted nothing, whatever is answered later.
    confirmHostKey: async (question) =>
      (await options.prompts.confirmHostKey(question)) && !options.signal.aborted,
  });

  const milliseconds = settings.connectTimeout ?? CONNECT_TIMEOUT;
  const deadline = new Deadline(milliseconds, () => {
    const message = `${hostText(settings)} did not answer within ${milliseconds / 1000} s.`;
    return new NodeError(
      'unreachable',
      message,
      'Check the address, the network and the firewalls on the way.',
    );
  });
  const signal = AbortSignal.any([options.signal, deadline.signal]);
  const client = new ssh2.Client();
  let socket: Socket | undefined;
  let lost: string | undefined;
  try {
    socket = await openTcp(settings, signal);
    const hands = shakeHands(client, socket, settings, check, methods, deadline);
    await abortable(hands, signal, `Connecting to ${hostText(settings)}`, () => socket?.destroy());
  } catch (error) {
    // Not client.destroy(): that does nothing to a socket that is half closed already.
    socket?.destroy();
    throw error;
  } finally {
    deadline.stop();
  }
  client.on('error', (error) => {
    lost ??= error.message;
  });
  return { client, lostBecause: () => lost };
}
