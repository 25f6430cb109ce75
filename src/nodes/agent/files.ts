import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Architecture } from '../../core/model';

/** One agent program, as built. */
export interface AgentFile {
  readonly arch: Architecture;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  /** What its file is called on a node: versions lie side by side. */
  readonly name: string;
  /** Reads the program itself. */
  bytes(): Promise<Buffer>;
}

/** The agents that came with the extension: `<directory>/<arch>/mesh-redirect-agent`. */
export class AgentFiles {
  readonly #directory: string;
  #known: Promise<readonly AgentFile[]> | null = null;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Those that are there. An architecture without a file is one that we do not support. Read once for all nodes, and not kept in
   * memory: a node that has its agent needs the hash alone.
   */
  async load(): Promise<readonly AgentFile[]> {
    this.#known ??= this.#readAll().catch((error: unknown) => {
      this.#known = null; // It may be readable the next time.
      throw error;
    });
    return await this.#known;
  }

  async #readAll(): Promise<readonly AgentFile[]> {
    const files = await Promise.all(Architecture.options.map((arch) => this.#read(arch)));
    return files.filter((file) => file !== undefined);
  }

  async #read(arch: Architecture): Promise<AgentFile | undefined> {
    const file = path.join(this.#directory, arch, 'mesh-redirect-agent');
    const bytes = (): Promise<Buffer> => readFile(file);
    try {
      const sha256 = createHash('sha256')
        .update(await bytes())
        .digest('hex');
      return { arch, sha256, name: `agent-${sha256.slice(0, 16)}`, bytes };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
