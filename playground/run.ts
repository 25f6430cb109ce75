import { spawn } from 'node:child_process';

export interface Output {
  stdout: string;
  stderr: string;
}

/** A program that ended otherwise than well. */
export class RunError extends Error {
  override readonly name = 'RunError';
  readonly argv: readonly string[];
  readonly exitCode: number | null;
  readonly stderr: string;

  constructor(argv: readonly string[], exitCode: number | null, ending: string, stderr: string) {
    super(`${argv.join(' ')}: ${ending}${stderr === '' ? '' : `: ${stderr.trim()}`}`);
    this.argv = argv;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

/**
 * Runs a program to its end.
 * @param input written to its stdin
 * @throws RunError when it cannot be started, or ends with a signal or another exit code than 0
 */
export function run(argv: readonly string[], input = ''): Promise<Output> {
  const [file = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'pipe' });
    const output: Output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
    child.on('error', (error) => {
      reject(new RunError(argv, null, error.message, ''));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new RunError(argv, code, code === null ? String(signal) : `exit ${code}`, output.stderr));
    });
    // A program that ends without reading its input says why by its exit code; the broken pipe adds nothing.
    child.stdin.on('error', () => undefined).end(input);
  });
}
