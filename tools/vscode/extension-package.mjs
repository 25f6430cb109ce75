/** Packages the extension that lies in dist/, as a release is packaged. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');

/** @returns {Promise<string>} the path of the .vsix, made from what was built last */
export async function extensionPackage() {
  await promisify(execFile)(process.execPath, [join(ROOT, 'tools', 'package.mjs')], { cwd: ROOT });
  /** @type {unknown} */
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const { name, version } = /** @type {{ name: string, version: string }} */ (manifest);
  return join(ROOT, `${name}-${version}.vsix`);
}
