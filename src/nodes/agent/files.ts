import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Architecture } from '../../core/model';

/** One agent program, as built. */
export interface AgentFile {
  readonly arch: Architecture;
  readonly bytes: Buffer;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** What its file is called on a node: versions lie side by side. */
  readonly name: string;
}

/** The agents that came with the extension: `<directory>/<arch>/mesh-redirect-agent`. */
export class AgentFiles {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Reads those that are there. An architecture without a file is one that we do not support. */
  async load(): Promise<AgentFile[]> {
    const files = await Promise.all(Architecture.options.map((arch) => this.#read(arch)));
    return files.filter((file) => file !== undefined);
  }

  async #read(arch: Architecture): Promise<AgentFile | undefined> {
    try {
      const bytes = await readFile(path.join(this.#directory, arch, 'mesh-redirect-agent'));
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      return { arch, bytes, sha256, name: `agent-${sha256.slice(0, 16)}` };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
