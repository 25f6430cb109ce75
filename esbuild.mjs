/**
 * Bundles the extension host's code and the rule inspector's webview into dist/.
 *
 * By hand: `node esbuild.mjs` (minified), `--dev` (readable, with source maps), `--watch` (`--dev`, and again on
 * each change).
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';

const root = import.meta.dirname;
const dist = path.join(root, 'dist');

/** What CommonJS dependencies take for granted, and an ES module has not. */
const commonJsBanner = [
  "import { createRequire as meshRedirectRequire } from 'node:module';",
  'const require = meshRedirectRequire(import.meta.url);',
  'const __filename = import.meta.filename;',
  'const __dirname = import.meta.dirname;',
].join(' ');

/** @returns {esbuild.BuildOptions} */
function shared(/** @type {boolean} */ dev) {
  return {
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2023',
    minify: !dev,
    sourcemap: dev,
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
  };
}

/** @returns {esbuild.BuildOptions} */
function hostOptions(/** @type {boolean} */ dev) {
  return {
    ...shared(dev),
    entryPoints: { extension: 'src/extension.ts' },
    outdir: 'dist',
    platform: 'node',
    // What is imported dynamically (ssh2, execa) gets chunks of its own, read when a node is connected.
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    // ssh2 does without its native parts, and they would fit one platform only.
    external: ['vscode', 'cpu-features', '*.node'],
    banner: { js: commonJsBanner },
  };
}

/** @returns {esbuild.BuildOptions} What the inspector's tests build their page with, too. */
export function webviewOptions(/** @type {boolean} */ dev) {
  return {
    ...shared(dev),
    entryPoints: { inspector: 'webview/main.ts', board: 'webview/board/main.ts' },
    outdir: 'dist/webview',
    platform: 'browser',
    // The content security policy allows one script, by its nonce: everything is in it.
    splitting: false,
    assetNames: '[name]',
    loader: { '.ttf': 'file' },
  };
}

async function removeOld() {
  for (const stale of ['chunks', 'util', 'webview', 'extension.js', 'extension.js.map']) {
    await rm(path.join(dist, stale), { recursive: true, force: true });
  }
}

/** The program by which ssh2 speaks with Pageant on Windows. It looks for it in a folder beside its own code's. */
async function copyPageantHelper() {
  await mkdir(path.join(dist, 'util'), { recursive: true });
  const helper = path.join(root, 'node_modules', 'ssh2', 'util', 'pagent.exe');
  await copyFile(helper, path.join(dist, 'util', 'pagent.exe'));
}

/**
 * Builds both bundles once.
 *
 * @param {{ dev?: boolean }} [options] `dev`: readable code with source maps instead of minified code
 * @returns {Promise<{ host: esbuild.Metafile, webview: esbuild.Metafile }>} what is in each bundle, for size budgets
 */
export async function buildBundles({ dev = false } = {}) {
  await removeOld();
  await copyPageantHelper();
  const [host, webview] = await Promise.all([
    esbuild.build(hostOptions(dev)),
    esbuild.build(webviewOptions(dev)),
  ]);
  if (!host.metafile || !webview.metafile) throw new Error('esbuild gave no metafile');
  return { host: host.metafile, webview: webview.metafile };
}

/** Builds both bundles with source maps, and again whenever a source changes, until the process ends. */
export async function watchBundles() {
  await removeOld();
  await copyPageantHelper();
  for (const options of [hostOptions(true), webviewOptions(true)]) {
    const context = await esbuild.context({ ...options, logLevel: 'info' });
    await context.watch();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--watch')) await watchBundles();
  else await buildBundles({ dev: process.argv.includes('--dev') });
}
