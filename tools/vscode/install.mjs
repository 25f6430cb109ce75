/**
 * Installs a real VS Code (its server, which serves the workbench to a browser) from the npm registry alone.
 * Nothing here needs node_modules: it runs in a fresh clone.
 */
import { spawn } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheDirectory } from '../cache.mjs';

/** The npm packages that make the host. code-server carries VS Code 1.139's server with the workbench for browsers. */
const CODE_SERVER = 'code-server@4.139.1';
/** That VS Code wants Node 24. The last version that exists for both architectures. */
const NODE_VERSION = '24.21.0';
const NODE_GYP = 'node-gyp@13.1.0';
/** Counts what this file does: an installation by an older recipe is not taken for one by this. */
const RECIPE = 1;

/** The modules in lib/vscode/node_modules that the server needs and whose packages carry no binary: built here. */
const NATIVE_MODULES = ['@vscode/spdlog', '@vscode/native-watchdog'];

/**
 * @typedef {object} VscodeHost
 * @property {string} node The Node that the server runs on.
 * @property {string} server Its `server-main.js`.
 * @property {string} version Such as `1.139.1`.
 */

/**
 * Installs the VS Code host unless it is there. Half-finished installations are not seen: the folder gets its name
 * only when everything in it works.
 * @param {(line: string) => void} [say] told what is done and how long it took
 * @returns {Promise<VscodeHost>}
 */
export async function ensureVscodeHost(say = console.error) {
  const version = CODE_SERVER.slice(CODE_SERVER.indexOf('@') + 1);
  const home = join(cacheDirectory(), `vscode-${version}-${RECIPE}`);
  if (await exists(join(home, 'complete'))) return hostIn(home);

  const started = Date.now();
  say(`Installing VS Code into ${home} (about 750 MB, one to two minutes, once) ...`);
  await mkdir(dirname(home), { recursive: true });
  const building = await mkdtemp(`${home}.part-`);
  try {
    await install(building, say);
    await writeFile(join(building, 'complete'), '');
    // Another process may have finished first: its installation is as good as ours.
    await rename(building, home).catch(async (/** @type {unknown} */ error) => {
      if (!(await exists(join(home, 'complete')))) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  say(`VS Code is installed (${seconds(started)}).`);
  return hostIn(home);
}

/**
 * @param {string} home
 * @returns {VscodeHost}
 */
function hostIn(home) {
  return {
    node: join(home, 'node', 'node_modules', nodePackage(), 'bin', 'node'),
    server: join(home, 'code-server', 'lib', 'vscode', 'out', 'server-main.js'),
    version: CODE_SERVER.slice(CODE_SERVER.indexOf('@') + 1),
  };
}

/** @returns {string} the npm package that carries Node for this machine */
function nodePackage() {
  if (process.platform !== 'linux')
    throw new Error(`VS Code is installed on Linux only, not on ${process.platform}.`);
  if (process.arch === 'x64' || process.arch === 'arm64') return `node-linux-${process.arch}`;
  throw new Error(`There is no Node ${NODE_VERSION} in npm for ${process.arch}, and VS Code needs it.`);
}

/**
 * @param {string} home
 * @param {(line: string) => void} say
 */
async function install(home, say) {
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

  /** @param {string} title @param {() => Promise<unknown>} work */
  const step = async (title, work) => {
    const started = Date.now();
    await work();
    say(`  ${title} (${seconds(started)})`);
  };

  const nodeDirectory = join(home, 'node');
  const nodeHome = join(nodeDirectory, 'node_modules', nodePackage());
  await step(`Node ${NODE_VERSION} and node-gyp`, async () => {
    await mkdir(nodeDirectory);
    await writeFile(join(nodeDirectory, 'package.json'), '{"private":true}');
    const packages = [`${nodePackage()}@${NODE_VERSION}`, NODE_GYP];
    await run('npm', ['install', ...quietly, '--no-save', ...packages], { cwd: nodeDirectory });
  });

  const vscode = join(home, 'code-server', 'lib', 'vscode');
  await step(CODE_SERVER, async () => {
    await run('npm', ['pack', ...quietly, '--pack-destination', home, CODE_SERVER], { cwd: home });
    const tarball = (await readdir(home)).find((name) => name.endsWith('.tgz'));
    if (tarball === undefined) throw new Error(`npm pack ${CODE_SERVER} wrote no file.`);
    await mkdir(join(home, 'code-server'));
    await run('tar', ['-xzf', tarball, '-C', 'code-server', '--strip-components=1'], { cwd: home });
    await rm(join(home, tarball));
  });

  // The package's own postinstall runs these without --ignore-scripts, which reaches beyond the registry.
  await step('its dependencies', async () => {
    await run('npm', ['install', ...quietly, '--omit=dev'], { cwd: vscode });
    await run('npm', ['install', ...quietly, '--omit=dev'], { cwd: join(vscode, 'extensions') });
  });

  const gyp = join(nodeDirectory, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  for (const name of NATIVE_MODULES) {
    await step(`${name}, compiled`, () =>
      run(join(nodeHome, 'bin', 'node'), [gyp, 'rebuild', `--nodedir=${nodeHome}`], {
        cwd: join(vscode, 'node_modules', name),
      }),
    );
  }
}

/**
 * Runs a program to its end. Its output is shown only when it fails.
 * @param {string} program
 * @param {string[]} args
 * @param {{cwd: string, env?: NodeJS.ProcessEnv}} options
 * @returns {Promise<void>}
 */
export function run(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => (output += chunk));
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else {
        const said = output.split('\n').slice(-40).join('\n');
        reject(new Error(`${[program, ...args].join(' ')} ended with ${code ?? signal}:\n${said}`));
      }
    });
  });
}

/** @param {string} path @returns {Promise<boolean>} */
export function exists(path) {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** @param {number} started @returns {string} */
function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}
