// Packages what was built into mesh-redirect-<version>.vsix, and checks that it is whole and small:
// `node tools/package.mjs`, or with `--host-only` where the other architecture's agent cannot be built.

import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';
import { ARCHITECTURES, hostArchitecture } from './agent/architectures.mjs';

const ROOT = join(import.meta.dirname, '..');

/** Bytes. It is fetched by everyone who installs the extension. */
const LIMIT = 3 * 1024 * 1024;

/** Without one of these the extension starts and then cannot do its work. */
const INDISPENSABLE = [
  'dist/extension.js',
  'dist/util/pagent.exe',
  'dist/webview/inspector.js',
  'dist/webview/inspector.css',
  'dist/webview/board.js',
  'dist/webview/board.css',
  'dist/bpf/redirect.bpf.o',
  'dist/bpf/accelerate.bpf.o',
  'dist/bpf/manifest.json',
  'dist/THIRD-PARTY-NOTICES.txt',
];

/** @param {string} packagePath @param {string[]} files what it holds */
function isFresh(packagePath, files) {
  if (!existsSync(packagePath)) return false;
  const packed = statSync(packagePath).mtimeMs;
  return [...files, 'package.json', '.vscodeignore', relative(ROOT, import.meta.filename)].every(
    (file) => statSync(join(ROOT, file)).mtimeMs < packed,
  );
}

/**
 * Packages the extension, unless the package is newer than what it holds.
 * @param {import('./agent/architectures.mjs').Architecture[]} [architectures] whose agents it has to have: this
 *   machine's, unless it is for others
 * @returns {Promise<string>} the path of the package. Rejects when it lacks something or has grown too big.
 */
export async function packageExtension(architectures = [hostArchitecture()]) {
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { name, version } = /** @type {{ name: string, version: string }} */ (json);
  const packagePath = join(ROOT, `${name}-${version}.vsix`);
  const files = await listFiles({ cwd: ROOT, packageManager: PackageManager.None });
  const agents = architectures.map((arch) => `dist/agent/${arch}/mesh-redirect-agent`);
  const missing = [...INDISPENSABLE, ...agents].filter((file) => !files.includes(file));
  if (missing.length)
    throw new Error(
      `Not built, or kept out by .vscodeignore: ${missing.join(', ')}. ` +
        'Where only the other architecture’s agent cannot be built: npm run package -- --host-only',
    );
  // All that runs is in the bundles, so no node_modules; relative links stay, as there is nowhere to point them to.
  const options = { dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false };
  if (!isFresh(packagePath, files)) {
    rmSync(packagePath, { force: true }); // an older one may be root's, from a test run
    await createVSIX({ cwd: ROOT, packagePath, ...options });
  }
  const { size } = statSync(packagePath);
  console.log(`${packagePath}: ${(size / 1024 / 1024).toFixed(2)} MB`);
  if (size > LIMIT) throw new Error(`${packagePath} is bigger than ${LIMIT / 1024 / 1024} MB`);
  return packagePath;
}

if (process.argv[1] === import.meta.filename)
  try {
    const { values } = parseArgs({ options: { 'host-only': { type: 'boolean', default: false } } });
    await packageExtension(values['host-only'] ? [hostArchitecture()] : ARCHITECTURES);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
