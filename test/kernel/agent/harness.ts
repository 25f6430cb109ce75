import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workload } from '../../../src/core/model';
import { AgentClient } from '../../../src/nodes/agent/client';
import type { AgentLog, SwitchChanged, WatchChanged } from '../../../src/nodes/agent/protocol';
import { AgentError } from '../../../src/nodes/errors';
import type { Exit } from '../../../src/nodes/runner';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'x86_64';

/** The agent that `npm run build` has made for this machine, or another build of it: with AddressSanitizer. */
export const AGENT =
  process.env['MESH_REDIRECT_AGENT'] ?? join(ROOT, 'dist', 'agent', ARCHITECTURE, 'mesh-redirect-agent');

/** Waits until `probe` gives something, for as long as the test may take. */
export async function until<T>(probe: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await probe();
    if (found !== undefined) return found;
    await sleep(20);
  }
}

/** Milliseconds in which something that is to come about must have come about. */
const PATIENCE = 45_000;

/** Waits until the assertions hold; after a long while, fails as they do. */
export async function eventually(assertions: () => Promise<void> | void): Promise<void> {
  const end = Date.now() + PATIENCE;
  for (let pause = 5; ; pause = Math.min(2 * pause, 100)) {
    try {
      await assertions();
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(pause);
  }
}

/** Expects a request to be refused with this kind of error; gives the error. */
export async function refused(request: Promise<unknown>, kind: string): Promise<AgentError> {
  const error = await request.then(
    () => assert.fail(`expected ${kind}, but the request was granted`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AgentError, String(error));
  assert.equal(error.data.kind, kind, error.message);
  return error;
}

/** A real agent as a child of the test, spoken with through the extension's own client. */
export class TestAgent {
  readonly client: AgentClient;
  readonly logs: AgentLog[] = [];
  readonly changes: WatchChanged[] = [];
  readonly switches: SwitchChanged[] = [];
  readonly child: ChildProcessWithoutNullStreams;
  readonly exited: Promise<Exit>;

  /** @param argv how to run it: as another user, in another namespace */
  constructor(argv: readonly string[] = [AGENT]) {
    const [file = '', ...args] = argv;
    const child = spawn(file, args, { stdio: 'pipe' });
    this.child = child;
    this.exited = once(child, 'close').then(([exitCode, signal]) => ({
      exitCode: exitCode as number | null,
      signal: signal as string | null,
    }));
    const { stdin, stdout, stderr, exited } = { ...child, exited: this.exited };
    this.client = new AgentClient({ stdin, stdout, stderr, exited, abandon: () => child.kill('SIGKILL') });
    this.client.on('log', (log) => this.logs.push(log));
    this.client.on('watch/changed', (change) => this.changes.push(change));
    this.client.on('switch/changed', (change) => this.switches.push(change));
  }

  get pid(): number {
    return this.child.pid ?? assert.fail('the agent has not started');
  }

  async workload(name: string): Promise<Workload> {
    const { workloads } = await this.client.request('workloads/list', {});
    return workloads.find((workload) => workload.name === name) ?? assert.fail(`${name} is not listed`);
  }

  /** The first change of this watch, from number `from` on, that fits. */
  async change(watch: string, fits: (change: WatchChanged) => boolean, from = 0): Promise<WatchChanged> {
    return until(() => this.changes.slice(from).find((change) => change.watch === watch && fits(change)));
  }

  /** The first thing that it has told of a switch in this state. */
  async switched(id: string, state: SwitchChanged['state']): Promise<SwitchChanged> {
    return until(() => this.switches.find((change) => change.switch === id && change.state === state));
  }

  /** Ends it as its client would, by closing its stdin. */
  async stop(): Promise<Exit> {
    this.client.dispose();
    return this.exited;
  }
}
