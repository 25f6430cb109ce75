// Packages what was built into mesh-redirect-<version>.vsix, and checks that it is whole and small.

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createVSIX, listFiles, PackageManager } from '@vscode/vsce';

const ROOT = join(import.meta.dirname, '..');

/** Bytes. It is fetched by everyone who installs the extension. */
const LIMIT = 3 * 1024 * 1024;

/** Without one of these the extension starts and then cannot do its work. */
const INDISPENSABLE = [
  'dist/extension.js',
  'dist/webview/inspector.js',
  'dist/webview/inspector.css',
  'dist/agent/x86_64/mesh-redirect-agent',
  'dist/bpf/redirect.bpf.o',
  'dist/bpf/manifest.json',
];

/** @returns {Promise<string>} the path of the package. Rejects when it lacks something or has grown too big. */
export async function packageExtension() {
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const { name, version } = /** @type {{ name: string, version: string }} */ (json);
  const packagePath = join(ROOT, `${name}-${version}.vsix`);
  const files = await listFiles({ cwd: ROOT, packageManager: PackageManager.None });
  const missing = INDISPENSABLE.filter((file) => !files.includes(file));
  if (missing.length) throw new Error(`Not built, or kept out by .vscodeignore: ${missing.join(', ')}`);
  // All that runs is in the bundles, so no node_modules; relative links stay, as there is nowhere to point them to.
  const options = { dependencies: false, allowMissingRepository: true, rewriteRelativeLinks: false };
  await createVSIX({ cwd: ROOT, packagePath, ...options });
  const { size } = statSync(packagePath);
  console.log(`${packagePath}: ${(size / 1024 / 1024).toFixed(2)} MB`);
  if (size > LIMIT) throw new Error(`${packagePath} is bigger than ${LIMIT / 1024 / 1024} MB`);
  return packagePath;
}

if (process.argv[1] === import.meta.filename)
  await packageExtension().catch((/** @type {unknown} */ error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
