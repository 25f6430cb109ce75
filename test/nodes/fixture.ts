import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { AGENT_DIRECTORIES } from '../../src/nodes/agent/bootstrap';
import {
  AgentFiles,
  KeyRing,
  NodeError,
  type CommandLog,
  type NodeErrorKind,
  type Prompts,
} from '../../src/nodes';
import { loadSshConfig } from '../../src/nodes/ssh/config/file';
import { findRoute } from '../../src/nodes/ssh/route';
import { openSession, type Session } from '../../src/nodes/ssh/session';
import type { HostKeyQuestion, Secret, SecretQuestion, SshSettings } from '../../src/nodes';
import type { Sshd } from '../../playground/sshd';

const BUILT = path.resolve('dist/agent/x86_64/mesh-redirect-agent');

/** An agent of this test alone, under a name of its own: the real one with a few more bytes behind its end. */
export class OwnAgent {
  readonly files: AgentFiles;
  /** What the file is called on a node. */
  readonly name: string;
  readonly sha256: string;
  readonly #directory: string;

  private constructor(directory: string, sha256: string) {
    this.#directory = directory;
    this.files = new AgentFiles(directory);
    this.sha256 = sha256;
    this.name = `agent-${sha256.slice(0, 16)}`;
  }

  static async create(): Promise<OwnAgent> {
    const directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-agents-'));
    const bytes = Buffer.concat([await readFile(BUILT), Buffer.from(`\n# ${path.basename(directory)}\n`)]);
    await mkdir(path.join(directory, 'x86_64'));
    await writeFile(path.join(directory, 'x86_64', 'mesh-redirect-agent'), bytes);
    return new OwnAgent(directory, createHash('sha256').update(bytes).digest('hex'));
  }

  /** The pids of the agents that run from the file, however they were started. */
  async processes(): Promise<number[]> {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const running = await Promise.all(
      pids.map(async (pid) => {
        const argv = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
        return argv.split('\0')[0]?.endsWith(`/${this.name}`) === true;
      }),
    );
    return pids.filter((_pid, index) => running[index]).map(Number);
  }

  /** Removes it here and wherever it was put. */
  async remove(): Promise<void> {
    await rm(this.#directory, { recursive: true });
    for (const directory of AGENT_DIRECTORIES) await rm(path.join(directory, this.name), { force: true });
  }
}

type Command = Parameters<CommandLog['command']>[0];
type Message = Parameters<CommandLog['message']>[0];

/** A log that remembers. */
export class Recorder implements CommandLog {
  readonly commands: Command[] = [];
  readonly messages: Message[] = [];
  readonly #onCommand: (argv: readonly string[]) => void;

  /** @param onCommand told of each command once it has been remembered */
  constructor(onCommand: (argv: readonly string[]) => void = () => undefined) {
    this.#onCommand = onCommand;
  }

  command(entry: Command): void {
    this.commands.push(entry);
    this.#onCommand(entry.argv);
  }

  message(entry: Message): void {
    this.messages.push(entry);
  }

  /** The commands that we ran to get the agent going, each by what it does. */
  steps(agent: OwnAgent): string[] {
    return this.commands.flatMap(({ argv }) => {
      if (!argv.includes(agent.name)) return [];
      return argv.at(-1) === agent.sha256 ? ['upload'] : ['survey'];
    });
  }
}

/** Answers every question about a host key in the same way, secrets one after the other, and remembers what was asked. */
export class Answer implements Prompts {
  readonly questions: HostKeyQuestion[] = [];
  readonly asked: SecretQuestion[] = [];
  /** The answers that turned out to be right, and wrong. */
  readonly accepted: string[] = [];
  readonly refused: string[] = [];
  readonly #trust: boolean;
  readonly #secrets: (string | undefined)[];

  constructor(trust: boolean, ...secrets: (string | undefined)[]) {
    this.#trust = trust;
    this.#secrets = secrets;
  }

  confirmHostKey(question: HostKeyQuestion): Promise<boolean> {
    this.questions.push(question);
    return Promise.resolve(this.#trust);
  }

  askSecret(question: SecretQuestion): Promise<Secret | undefined> {
    this.asked.push(question);
    if (this.#secrets.length === 0) return Promise.reject(new Error(`asked for ${question.title}`));
    const text = this.#secrets.shift();
    if (text === undefined) return Promise.resolve(undefined);
    return Promise.resolve({
      text,
      accepted: () => this.accepted.push(text),
      refused: () => this.refused.push(text),
    });
  }
}

/** Fails the test if anything is asked. */
export const NO_QUESTIONS: Prompts = {
  confirmHostKey: (question) => Promise.reject(new Error(`asked about ${question.fingerprint}`)),
  askSecret: (question) => Promise.reject(new Error(`asked for ${question.title}`)),
};

/** How to reach an sshd of the playground. */
export function settingsFor(sshd: Sshd, more: Partial<SshSettings> = {}): SshSettings {
  const { host, port, user, identityFile, knownHostsFile } = sshd;
  // A person's own configuration is none of the tests' business.
  const configFile = '/dev/null';
  return { host, port, user, identityFile, knownHostsFile, configFile, agentSocket: '', ...more };
}

/** Signs in to a node, and does nothing more. */
export async function signIn(settings: SshSettings, signal: AbortSignal): Promise<Session> {
  const route = findRoute(await loadSshConfig(settings.configFile), { ...settings, fallbackUser: 'root' });
  return openSession(route, { prompts: NO_QUESTIONS, keys: new KeyRing(), warn: () => undefined, signal });
}

/** Fails if one of the secrets is anywhere in what is given, however deep: in logs, errors and their causes, output. */
export function assertNoSecret(secrets: readonly string[], ...where: unknown[]): void {
  const text = inspect(where, {
    depth: Infinity,
    maxArrayLength: Infinity,
    maxStringLength: Infinity,
    showHidden: true,
  });
  for (const secret of secrets) assert.ok(!text.includes(secret), `"${secret}" is in ${text}`);
}

/** For `assert.rejects`: a `NodeError` of this kind, with words and a remedy. */
export function nodeError(kind: NodeErrorKind, message = /./) {
  return (error: unknown): true => {
    assert.ok(error instanceof NodeError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    assert.notEqual(error.remedy, '');
    return true;
  };
}

/** Waits until `holds`. The test's own time-out ends it. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
}
