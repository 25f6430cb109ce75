import { execFile } from 'node:child_process';
import type { Backend, Family } from '../../../src/core/model';

/** Runs a program with `input` as its stdin. The error of a failed one holds its stderr. */
export function run(file: string, args: string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { maxBuffer: 64 << 20 }, (error, stdout) => {
      if (error) reject(new Error(error.message, { cause: error }));
      else resolve(stdout);
    });
    // A program that ends without having read its input closes the pipe: its exit status tells what happened.
    child.stdin?.on('error', () => undefined).end(input);
  });
}

/** A throw-away network namespace of one test. */
export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async make(purpose: string): Promise<Namespace> {
    const namespace = new Namespace(`t-core-${purpose}-${process.pid}`);
    await run('ip', ['netns', 'add', namespace.name]);
    await namespace.run('ip', ['link', 'set', 'lo', 'up']);
    return namespace;
  }

  /** Runs a program inside; gives its stdout, rejects where it fails. */
  async run(file: string, args: string[], input = ''): Promise<string> {
    return run('ip', ['netns', 'exec', this.name, file, ...args], input);
  }

  async remove(): Promise<void> {
    await run('ip', ['netns', 'delete', this.name]);
  }

  /** One transaction; rejects with the tool's words where it refuses. */
  async restore(family: Family, backend: Backend, text: string): Promise<void> {
    await this.run(tool(family, backend, 'restore'), ['--noflush'], text);
  }

  async save(family: Family, backend: Backend): Promise<string> {
    return this.run(tool(family, backend, 'save'), ['-c']);
  }
}

const tool = (family: Family, backend: Backend, verb: string): string =>
  `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}-${verb}`;
