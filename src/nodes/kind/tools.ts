/** The programs of this machine that kind's nodes are found and reached by. */
import { execa } from 'execa';
import { abortError } from '../abort';
import type { CommandLog } from '../node';
import type { Command } from '../runner';
import { toolEnvironment } from './installed';

/** What one of them gave. */
export interface ToolResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** There is no such program. */
export class ToolMissing extends Error {
  override readonly name = 'ToolMissing';
  readonly tool: string;

  constructor(tool: string) {
    super(`${tool} is not installed, or not in the PATH.`);
    this.tool = tool;
  }
}

/** A node can be found as long as the engine answers within this. Milliseconds. */
const TIMEOUT = 20_000;

/** Runs them, and tells the log of each. */
export class Tools {
  readonly environment: NodeJS.ProcessEnv;
  readonly #log: CommandLog;

  /** @param environment with the variables that docker and kind themselves go by */
  constructor(log: CommandLog, environment: NodeJS.ProcessEnv = toolEnvironment()) {
    this.#log = log;
    this.environment = environment;
  }

  /** Runs one to its end. Any exit code resolves. @throws ToolMissing, NodeError `cancelled` or what the signal was aborted with */
  async run({ file, args }: Command, signal: AbortSignal): Promise<ToolResult> {
    const began = Date.now();
    const result = await execa(file, args, {
      env: this.environment,
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      timeout: TIMEOUT,
      cancelSignal: signal,
    });
    if (result.code === 'ENOENT') throw new ToolMissing(file);
    if (signal.aborted) throw abortError(signal, `Running ${file}`);
    const exitCode = result.exitCode ?? null;
    const milliseconds = Date.now() - began;
    this.#log.command({ node: 'kind', argv: [file, ...args], exitCode, milliseconds, level: 'debug' });
    const { stdout } = result;
    const stderr = exitCode === null ? (result.shortMessage ?? result.stderr) : result.stderr;
    return { exitCode, stdout, stderr };
  }
}
