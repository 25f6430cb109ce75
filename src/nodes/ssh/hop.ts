/** One host of a route: the handshake, the host's key, and being let in. */
import type { Duplex } from 'node:stream';
import ssh2, { type Client } from 'ssh2';
import { abortable } from '../abort';
import { NodeError } from '../errors';
import type { Prompts } from '../node';
import { Authenticator } from './authenticator';
import { Deadline } from '../deadline';
import type { Turn } from '../turns';
import { hostText, type SshHost } from './host';
import { HostCheck } from './host-check';
import type { KeyRing } from './key-ring';
import { openStream } from './stream';

/** What connecting to a host needs from outside. */
export interface HopServices {
  readonly prompts: Prompts;
  readonly keys: KeyRing;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
  readonly turn?: Turn | undefined;
}

/** A host that we are signed in to. */
export interface Hop {
  readonly host: SshHost;
  readonly client: Client;
  /** Says good-bye; resolves when the connection is closed, or was cut because the host did not answer. */
  close(): Promise<void>;
}

/** How long a host may take to say good-bye before its connection is cut. Milliseconds. */
const PATIENCE = 5_000;

/** Who has not answered for so long may never do so, and others are not to wait for that. Milliseconds. */
const PROMPT = 1_000;

/** Waits until a host answers. Where that takes long, the turn is given back; gives what waits for the next. */
async function answered(opening: Promise<unknown>, turn: Turn | undefined): Promise<() => Promise<void>> {
  let again = (): Promise<void> => Promise.resolve();
  const slow = setTimeout(() => {
    if (turn) again = turn.giveBack();
  }, PROMPT);
  try {
    await opening;
  } finally {
    clearTimeout(slow);
  }
  return again;
}

/** ssh2 marks its errors with the layer that they come from. */
type SshError = Error & { level?: string };

function handshakeError(host: SshHost, authenticator: Authenticator, error: SshError): NodeError {
  if (authenticator.begun) return authenticator.closed(error.message);
  return new NodeError(
    'unreachable',
    `The SSH connection to ${hostText(host)} failed: ${error.message}.`,
    'Check that an SSH server answers on this port.',
    { cause: error },
  );
}

/** Shakes hands over an open stream. The host's key is checked before anything of ours is offered. */
function shakeHands(
  client: Client,
  stream: Duplex,
  host: SshHost,
  check: HostCheck,
  authenticator: Authenticator,
  deadline: Deadline,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let refused: Error | undefined;
    let remembered = Promise.resolve();
    const fail = (error: SshError): void => {
      reject(refused ?? handshakeError(host, authenticator, error));
    };
    client.once('handshake', () => {
      remembered = check.proved();
      remembered.catch(reject);
    });
    client.once('ready', () => {
      authenticator.succeeded();
      remembered.then(resolve, reject);
    });
    client.once('change password', () => {
      const message = `The password of ${host.user} on ${hostText(host)} has expired.`;
      reject(new NodeError('authentication-refused', message, 'Sign in with ssh once and change it.'));
    });
    client.on('error', (error: SshError) => {
      // A key that cannot be used is not the end: the authenticator goes on with the next.
      if (error.level !== 'agent') fail(error);
    });
    client.once('close', () => {
      fail(new Error('the node closed it'));
    });
    client.connect({
      sock: stream,
      username: host.user,
      authHandler: authenticator.handler(reject),
      algorithms: { serverHostKey: [...check.algorithms] },
      // Our own deadline, which stands still while a person is asked.
      readyTimeout: 0,
      keepaliveInterval: host.keepalive.interval,
      keepaliveCountMax: host.keepalive.count,
      hostVerifier: (key: Buffer, verify: (valid: boolean) => void) => {
        deadline
          .pausedFor(() => check.check(key))
          .then(
            () => {
              verify(true);
            },
            (error: unknown) => {
              refused = error as Error;
              verify(false);
            },
          );
      },
    });
  });
}

async function closeHop(client: Client, stream: Duplex, closed: Promise<void>): Promise<void> {
  client.end();
  let stubborn: NodeJS.Timeout | undefined;
  const cut = new Promise<void>((resolve) => {
    stubborn = setTimeout(() => {
      stream.destroy();
      resolve();
    }, PATIENCE);
    // It should not keep a process alive that wants to end.
    stubborn.unref();
  });
  await Promise.race([closed, cut]);
  clearTimeout(stubborn);
}

/**
 * Connects to a host and signs in.
 * @param via the host before it on the route
 * @throws NodeError `unreachable`, `port-closed`, `host-key-changed`, `host-key-rejected`,
 * `authentication-refused`, `bad-settings`, `cancelled`
 */
export async function openHop(host: SshHost, via: Hop | undefined, services: HopServices): Promise<Hop> {
  const { prompts, keys, warn } = services;
  const what = `Connecting to ${hostText(host)}`;
  const deadline = new Deadline(host.connectTimeout, () => {
    const message = `${hostText(host)} did not answer within ${host.connectTimeout / 1000} s.`;
    const remedy = 'Check the address, the network and the firewalls on the way.';
    return new NodeError('unreachable', message, remedy);
  });
  const ended = new AbortController();
  const signal = AbortSignal.any([services.signal, deadline.signal]);
  const asking = AbortSignal.any([signal, ended.signal]);
  const client = new ssh2.Client();
  const closed = new Promise<void>((resolve) => client.once('close', resolve));
  let stream: Duplex | undefined;
  try {
    const check = await HostCheck.of(host, {
      // Who gave up meanwhile has trusted nothing, whatever is answered later.
      confirmHostKey: async (question) =>
        (await prompts.confirmHostKey(question)) && !services.signal.aborted,
      warn,
    });
    const authenticator = new Authenticator(host, {
      askSecret: (question) => prompts.askSecret(question),
      unhurried: (work) => deadline.pausedFor(work),
      keys,
      warn,
      signal: asking,
    });
    const opening = openStream(host, via, warn, signal);
    const again = await answered(opening, services.turn);
    stream = await opening;
    await deadline.pausedFor(again);
    const hands = shakeHands(client, stream, host, check, authenticator, deadline);
    await abortable(hands, signal, what, () => stream?.destroy());
  } catch (error) {
    // Not client.destroy(): that does nothing to a stream that is half closed already.
    stream?.destroy();
    throw error;
  } finally {
    deadline.stop();
    ended.abort();
  }
  return { host, client, close: () => closeHop(client, stream, closed) };
}
