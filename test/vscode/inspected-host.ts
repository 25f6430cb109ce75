import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

/** What of an extension host's memory is in use, in bytes. */
export interface Memory {
  /** Objects of JavaScript, and what they hold outside of the heap. */
  used: number;
  /** All that the process has of the machine's memory, with Node's and VS Code's own code. */
  resident: number;
}

/** The extension host of a VS Code that was started with `options()`, looked into from outside. */
export class InspectedHost {
  readonly #socket: string;

  /** @param socket where the host is to listen: a file that is not there yet */
  constructor(socket: string) {
    this.#socket = socket;
  }

  /** For `startVscode`. */
  options(): { nodeOptions: string[]; environment: Record<string, string> } {
    const { href } = pathToFileURL(join(import.meta.dirname, 'inspected-host.mjs'));
    return {
      nodeOptions: ['--import', href],
      environment: { MESH_REDIRECT_INSPECTED_HOST: this.#socket },
    };
  }

  /** Evaluates an expression whose value is JSON. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.#post('Runtime.evaluate', { expression, returnByValue: true });
    const { result, exceptionDetails } = answer as { result: { value: unknown }; exceptionDetails?: unknown };
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  }

  /** Once what nobody needs any more is gone. */
  async memory(): Promise<Memory> {
    // What was held by something with a finalizer goes with the second.
    for (let times = 0; times < 2; times += 1) await this.#post('HeapProfiler.collectGarbage', {});
    const usage = (await this.evaluate('process.memoryUsage()')) as NodeJS.MemoryUsage;
    return { used: usage.heapUsed + usage.external, resident: usage.rss };
  }

  /** From now on, for `longestBlock`. */
  async watchBlocks(): Promise<void> {
    await this.evaluate(`
      globalThis.meshRedirectBlocks?.disable();
      globalThis.meshRedirectBlocks = process.getBuiltinModule('perf_hooks').monitorEventLoopDelay({ resolution: 5 });
      meshRedirectBlocks.enable()`);
  }

  /** How long its event loop stood still at the most, in milliseconds. */
  async longestBlock(): Promise<number> {
    return (await this.evaluate('meshRedirectBlocks.max / 1e6')) as number;
  }

  async #post(method: string, params: object): Promise<unknown> {
    const connection = createConnection({ path: this.#socket, allowHalfOpen: true });
    connection.end(JSON.stringify({ method, params }));
    const { error, result } = JSON.parse(await text(connection)) as { error: unknown; result: unknown };
    if (error) throw new Error(`${method}: ${JSON.stringify(error)}`);
    return result;
  }
}
