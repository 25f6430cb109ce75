import type { Readable } from 'node:stream';
import { exitText, type Exit } from '../runner';

/** How much of stderr is kept to explain an end. Characters. */
const TAIL = 2000;
/** A longer line is passed on in pieces. Characters. */
const LINE = 4000;

/** Passes stderr on line by line, and keeps its end. */
export class StderrTail {
  #tail = '';

  constructor(stderr: Readable, onLine: (line: string) => void) {
    let rest = '';
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => {
      this.#tail = (this.#tail + text).slice(-TAIL);
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LINE) {
        lines.push(rest);
        rest = '';
      }
      for (const line of lines) if (line.trim() !== '') onLine(line);
    });
    stderr.on('end', () => {
      if (rest.trim() !== '') onLine(rest);
    });
    // A broken stream is told of by the process's end.
    stderr.on('error', () => undefined);
  }

  get text(): string {
    return this.#tail.trim();
  }
}

/** Words for a person: why an agent has ended. */
export function endReason(exit: Exit, stderr: string): string {
  return stderr === '' ? exitText(exit) : `${exitText(exit)}; its last words: ${stderr}`;
}
