/** The ways in which a command becomes root's. */
import { PassThrough } from 'node:stream';
import type { Deadline } from './deadline';
import { NodeError } from './errors';
import type { Secret } from './node';
import type { Channel, Command } from './runner';

export interface RootWay {
  /** The command as it is to be run. */
  wrap(command: Command): Command;
  /** As a person types it, who can be asked for a password. Null: a shell. */
  byHand(command: Command | null): Command | null;
  /**
   * Gets a command that has been started to where it runs as root: nothing is to be written to its stdin before. Resolves as well
   * where it has ended instead; how it ended tells why.
   */
  enter(channel: Channel, deadline: Deadline): Promise<Channel>;
}

const withoutQuestion = (wrap: RootWay['wrap'], byHand: RootWay['byHand']): RootWay => ({
  wrap,
  byHand,
  enter: (channel) => Promise.resolve(channel),
});

/** For whom is root already, or need not be. */
export const AS_IS: RootWay = withoutQuestion(
  (command) => command,
  (command) => command,
);

const sudoByHand: RootWay['byHand'] = (command) => ({
  file: 'sudo',
  args: command === null ? ['-s'] : [command.file, ...command.args],
});

/** For whom sudo asks no password. */
export const SUDO: RootWay = withoutQuestion(
  ({ file, args }) => ({ file: 'sudo', args: ['-n', '--', file, ...args] }),
  sudoByHand,
);

/** What sudo asks with, and what follows as soon as it has let us in; both on stderr. */
const QUESTION = 'mesh-redirect:password?';
const ENTERED = 'mesh-redirect:entered';
const SAY_ENTERED = `printf %s ${ENTERED} >&2; exec "$@"`;

/** So long sudo may take to ask or to let us in: it waits some seconds after a wrong password. Milliseconds. */
const SILENCE = 30_000;

/**
 * For whom sudo asks a password. sudo reads it from stdin, and only after it has asked: where it does not ask, no password gets into
 * the command's own input. It is in no argument, no file and no environment.
 * @param ask gives undefined where the person gave up. `again`: the last one was wrong; `signal`: nobody waits any more
 */
export function sudoWithPassword(
  ask: (again: boolean, signal: AbortSignal) => Promise<Secret | undefined>,
): RootWay {
  return {
    wrap: ({ file, args }) => ({
      file: 'sudo',
      args: ['-S', '-p', QUESTION, '--', 'sh', '-c', SAY_ENTERED, 'sh', file, ...args],
    }),
    byHand: sudoByHand,
    enter: async (channel, deadline) => {
      const given: Secret[] = [];
      const over = new AbortController();
      const answer = async (): Promise<void> => {
        given.at(-1)?.refused();
        const secret = await deadline.pausedFor(() => ask(given.length > 0, over.signal));
        if (!secret)
          throw new NodeError('cancelled', 'Becoming root: cancelled.', 'Connect again when you are ready.');
        given.push(secret);
        channel.stdin.write(`${secret.text}\n`);
      };
      const { entered, rest } = await converse(channel, answer).finally(() => {
        over.abort();
      });
      if (entered) given.at(-1)?.accepted();
      else if (await endedByItself(channel)) given.at(-1)?.refused();
      return { ...channel, stderr: rest };
    },
  };
}

/** Whether sudo gave up, rather than that the way to it was lost or nobody waits for it any more: that says nothing of a password. */
async function endedByItself(channel: Channel): Promise<boolean> {
  // It ends once its output has been read, and there is none of the command's.
  channel.stdout.resume();
  const { exitCode } = await channel.exited;
  return exitCode !== null;
}

/** Answers sudo's questions until it lets us in or ends. `rest`: what it and the command write besides. */
async function converse(
  channel: Channel,
  answer: () => Promise<void>,
): Promise<{ entered: boolean; rest: PassThrough }> {
  const rest = new PassThrough();
  let text = '';
  let silence: NodeJS.Timeout | undefined;
  // Taken by hand, not by an iterator: that would close the stream when we have heard enough.
  const entered = await new Promise<boolean>((resolve, reject) => {
    const listen = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => {
        const words = text.trim() === '' ? 'nothing' : `"${text.trim()}"`;
        const remedy =
          'Only a password can be given to it. Allow the user sudo with NOPASSWD, or connect as root.';
        reject(new NodeError('no-root', `sudo says ${words}, and waits for something.`, remedy));
      }, SILENCE);
    };
    const onEnd = (): void => {
      resolve(false);
    };
    const onData = (chunk: Buffer): void => {
      listen();
      text += chunk.toString('utf8');
      const end = text.indexOf(ENTERED);
      if (end >= 0) {
        channel.stderr.off('data', onData).pause();
        text = text.slice(0, end).replaceAll(QUESTION, '') + text.slice(end + ENTERED.length);
        resolve(true);
      } else if (text.includes(QUESTION)) {
        text = text.replace(QUESTION, '');
        clearTimeout(silence);
        answer().then(listen, reject);
      }
    };
    listen();
    // A lost connection closes it without an end.
    for (const event of ['end', 'close', 'error']) channel.stderr.once(event, onEnd);
    channel.stderr.on('data', onData);
  }).finally(() => {
    clearTimeout(silence);
  });
  rest.write(text);
  if (entered) channel.stderr.pipe(rest);
  else rest.end();
  return { entered, rest };
}
