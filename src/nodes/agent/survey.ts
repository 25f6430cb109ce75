import type { Readable } from 'node:stream';
import { abortable } from '../abort';
import { Deadline } from '../deadline';
import { NodeError } from '../errors';
import type { RootWay } from '../root';
import type { Channel, Command } from '../runner';
import { collect, timeOut, type Finished, type NodeShell } from '../shell';
import { parseSurvey, STARTS, type Survey } from './bootstrap';

const TIMEOUT = 30_000;
/** More than a survey and a talkative login shell print. Characters. */
const LONGEST = 1 << 20;

/** What came of a survey. */
export interface Surveyed {
  readonly found: Survey;
  /** The agent, which runs in the survey's place; else how the survey ended. */
  readonly outcome: { agent: Channel } | { finished: Finished };
}

/**
 * Runs a survey (bootstrap.ts) to its end, or to where the agent has taken its place.
 * @param before what another part of the survey has printed already
 * @throws NodeError as `NodeShell.start`, `unreachable`, `time-out`, `cancelled`
 */
export async function runSurvey(
  shell: NodeShell,
  command: Command,
  { as, signal, before = '' }: { as: RootWay; signal: AbortSignal; before?: string },
): Promise<Surveyed> {
  const what = 'Looking around on the node';
  const channel = await shell.start(command, signal, as);
  const deadline = new Deadline(TIMEOUT, () => timeOut(what));
  const survey = async (): Promise<Surveyed> => {
    const { text, started } = await readHead(channel.stdout);
    const found = parseSurvey(before + text);
    if (started) return { found, outcome: { agent: channel } };
    channel.stdin.end();
    channel.stdout.resume();
    const [stderr, exit] = await Promise.all([collect(channel.stderr), channel.exited]);
    if (exit.lost !== undefined) {
      throw new NodeError('unreachable', `${what}: ${exit.lost}.`, 'Connect the node again.');
    }
    return { found, outcome: { finished: { ...exit, stdout: text, stderr } } };
  };
  try {
    return await abortable(survey(), AbortSignal.any([signal, deadline.signal]), what, () => {
      channel.abandon();
    });
  } finally {
    deadline.stop();
  }
}

/** Reads to the line that says that the agent starts, or to the end. What follows that line stays in the stream. */
async function readHead(stdout: Readable): Promise<{ text: string; started: boolean }> {
  const end = Buffer.from(`${STARTS}\n`);
  let head = Buffer.alloc(0);
  const text = (): string => head.toString('utf8');
  // Where sudo has refused, there is no more to come, and nobody to tell of it.
  if (stdout.readableEnded || stdout.destroyed) return { text: '', started: false };
  return await new Promise((resolve) => {
    const stop = (started: boolean): void => {
      stdout.off('readable', onReadable);
      for (const event of ENDS) stdout.off(event, onEnd);
      resolve({ text: text(), started });
    };
    const onEnd = (): void => {
      stop(false);
    };
    const onReadable = (): void => {
      for (let chunk = read(stdout); chunk !== null; chunk = read(stdout)) {
        head = Buffer.concat([head, chunk]);
        const at = head.indexOf(end);
        if (at < 0 && head.length < LONGEST) continue;
        const length = at < 0 ? head.length : at + end.length;
        const rest = head.subarray(length);
        head = head.subarray(0, length);
        stop(at >= 0);
        if (rest.length > 0) stdout.unshift(rest);
        return;
      }
    };
    // A lost connection closes it without an end.
    for (const event of ENDS) stdout.once(event, onEnd);
    // Not "data": whoever reads on takes the stream as it was before.
    stdout.on('readable', onReadable);
  });
}

const ENDS = ['end', 'close', 'error'] as const;

const read = (stdout: Readable): Buffer | null => stdout.read() as Buffer | null;
