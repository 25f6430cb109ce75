import { chmod, mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { NodeError } from '../errors';
import { parseKnownHosts, type KnownHost, type Malformed } from './known-hosts';

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw new NodeError(
      'bad-settings',
      `The known host keys in ${file} cannot be read: ${(error as Error).message}.`,
      'Make the file readable for you: host keys are not checked without it.',
      { cause: error },
    );
  }
}

/** Reads the files, in this order. One that does not exist knows no host. */
export async function loadKnownHosts(
  files: readonly string[],
): Promise<{ known: KnownHost[]; malformed: Malformed[] }> {
  const parsed = await Promise.all(files.map(async (file) => parseKnownHosts(file, await read(file))));
  return {
    known: parsed.flatMap(({ known }) => known),
    malformed: parsed.flatMap(({ malformed }) => malformed),
  };
}

/**
 * Adds a line for a host's key. Creates the file (0600) and its directory (0700) if they are absent, and
 * leaves what is there as it is, also where the last line has no end.
 */
export async function rememberHostKey(
  file: string,
  name: string,
  keyType: string,
  key: Buffer,
): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const { size } = await handle.stat();
    if (size === 0) await chmod(file, 0o600);
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    const glue = size > 0 && last.toString('latin1') !== '\n' ? '\n' : '';
    await handle.appendFile(`${glue}${name} ${keyType} ${key.toString('base64')}\n`);
  } finally {
    await handle.close();
  }
}
