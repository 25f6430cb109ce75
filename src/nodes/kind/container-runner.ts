import { setTimeout as sleep } from 'node:timers/promises';
import { LocalRunner } from '../local/local-runner';
import type { Channel, Command, Exit, Runner } from '../runner';
import {
  execCommand,
  parseState,
  stateCommand,
  terminalCommand,
  type ContainerState,
  type Provider,
} from './provider';
import type { Tools } from './tools';

/** Exit codes above it are those of signals, as shells and engines say them. */
const SIGNALLED = 128;
/** Between looks at a container that is ending. Milliseconds. */
const PAUSES = [0, 200, 800, 2000];

/** Runs commands in the container that is a node of kind, each by the engine's `exec`. */
export class ContainerRunner implements Runner {
  readonly #tools: Tools;
  readonly #provider: Provider;
  readonly #container: string;
  readonly #local: LocalRunner;
  readonly #before: ContainerState;

  /** @param before how the container was when it was looked at: what ends with it is lost, and has not ended by itself */
  constructor(tools: Tools, provider: Provider, container: string, before: ContainerState) {
    this.#tools = tools;
    this.#provider = provider;
    this.#container = container;
    this.#before = before;
    this.#local = new LocalRunner(tools.environment);
  }

  byHand(command: Command | null): Command {
    return terminalCommand(this.#provider, this.#container, command);
  }

  async start(command: Command): Promise<Channel> {
    const channel = await this.#local.start(execCommand(this.#provider, this.#container, command));
    return { ...channel, exited: channel.exited.then((exit) => this.#explain(exit)) };
  }

  /** The engine's `exec` ends with the container, by an exit code like any other. */
  async #explain(exit: Exit): Promise<Exit> {
    if (exit.exitCode === 0 || exit.failed !== undefined) return exit;
    // What a signal has ended may have ended before its container, of which the engine knows a moment later.
    const pauses = exit.exitCode !== null && exit.exitCode > SIGNALLED ? PAUSES : [0];
    for (const pause of pauses) {
      await sleep(pause);
      const lost = await this.#lost();
      if (lost !== null) return { exitCode: null, signal: null, lost };
    }
    return exit;
  }

  async #lost(): Promise<string | null> {
    const command = stateCommand(this.#provider, this.#container);
    try {
      const { exitCode, stdout } = await this.#tools.run(command, new AbortController().signal);
      if (exitCode !== 0) return `the container ${this.#container} is gone`;
      const { status, started } = parseState(stdout);
      if (status !== 'running') return `the container ${this.#container} does not run (${status})`;
      return started === this.#before.started ? null : `the container ${this.#container} was started anew`;
    } catch (error) {
      return (error as Error).message;
    }
  }
}
