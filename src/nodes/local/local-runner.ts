import { execa } from 'execa';
import type { Channel, Command, Exit, Runner } from '../runner';

/** Runs commands on this machine. */
export class LocalRunner implements Runner {
  readonly #environment: NodeJS.ProcessEnv;

  /** @param environment what they run with; by default what we run with */
  constructor(environment: NodeJS.ProcessEnv = process.env) {
    this.#environment = environment;
  }

  byHand(command: Command | null): Command {
    return command ?? { file: process.env['SHELL'] ?? 'sh', args: [] };
  }

  start(command: Command): Promise<Channel> {
    const subprocess = execa(command.file, command.args, {
      env: this.#environment,
      extendEnv: false,
      stdin: 'pipe',
      stdout: 'pipe',
      stderr: 'pipe',
      buffer: false,
      reject: false,
    });
    const { stdin, stdout, stderr } = subprocess;
    const exited = subprocess.then((result): Exit => {
      const exitCode = result.exitCode ?? null;
      const signal = result.signal ?? null;
      if (exitCode !== null || signal !== null) return { exitCode, signal };
      return { exitCode, signal, failed: result.shortMessage ?? `${command.file} could not be started` };
    });
    const abandon = (): void => {
      stdin.destroy();
      stdout.destroy();
      stderr.destroy();
      // Where the process runs as root through sudo, this is refused, and the closed stdin ends it.
      subprocess.kill();
    };
    return Promise.resolve({ stdin, stdout, stderr, exited, abandon });
  }
}
