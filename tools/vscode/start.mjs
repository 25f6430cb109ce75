/** Starts a VS Code of its own: own settings, own extensions, own home, gone without a trace when it is stopped. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownedDirectory } from '../owned-directory.mjs';
import { ensureVscodeHost, run } from './install.mjs';

/** A quiet editor: nothing in it asks, phones home or covers what is looked at. */
const SETTINGS = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.autoDetectColorScheme': false,
  'window.commandCenter': false,
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/**
 * @typedef {object} VscodeOptions
 * @property {string} vsix The extension's package; it is really installed.
 * @property {Record<string, unknown>} [settings] User settings beside the quiet ones.
 * @property {Record<string, unknown>} [machineSettings] Settings of `machine` scope.
 * @property {Record<string, string>} [files] What lies in the opened folder: name to content.
 * @property {number} [port] Free one by default.
 * @property {string[]} [nodeOptions] Of the Node that runs the server, and so of its extension hosts.
 * @property {Record<string, string>} [environment] Of the server and its extension hosts.
 * @property {(line: string) => void} [say]
 */

/**
 * @typedef {object} Vscode
 * @property {string} url Opens the workbench. Carries the token without which the server answers nobody.
 * @property {string} home The `HOME` of its extension host, where `.ssh/known_hosts` is.
 * @property {string} extensions Where its extensions are installed.
 * @property {string} machineSettings The file of its settings of `machine` scope.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts VS Code on 127.0.0.1. It ends with this process, however that ends.
 * @param {VscodeOptions} options
 * @returns {Promise<Vscode>}
 */
export async function startVscode(options) {
  const host = await ensureVscodeHost(options.say);
  const root = await ownedDirectory(tmpdir(), 'mesh-redirect-vscode');
  const data = join(root, 'data');
  const extensions = join(root, 'extensions');
  const home = join(root, 'home');
  const folder = join(root, 'mesh');

  const machineSettings = join(data, 'data', 'Machine', 'settings.json');

  const token = randomBytes(16).toString('hex');
  const tokenFile = join(root, 'token');
  await mkdir(join(data, 'data', 'User'), { recursive: true });
  await mkdir(join(data, 'data', 'Machine'), { recursive: true });
  await mkdir(join(home, '.ssh'), { recursive: true, mode: 0o700 });
  await mkdir(folder);
  await Promise.all([
    writeFile(tokenFile, token, { mode: 0o600 }),
    writeJson(join(data, 'data', 'User', 'settings.json'), { ...SETTINGS, ...options.settings }),
    writeJson(machineSettings, options.machineSettings ?? {}),
    ...Object.entries(options.files ?? {}).map(([name, text]) => writeFile(join(folder, name), text)),
  ]);

  const own = ['--server-data-dir', data, '--extensions-dir', extensions, '--accept-server-license-terms'];
  // No marketplace: what is installed is what was given.
  const environment = { ...process.env, HOME: home, EXTENSIONS_GALLERY: '{}', ...options.environment };
  await run(host.node, [host.server, ...own, '--install-extension', options.vsix], {
    cwd: root,
    env: environment,
  });

  // setpriv: the server is told to end when this process has ended, even if that was killed.
  const server = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'TERM', '--', host.node, ...(options.nodeOptions ?? []), host.server, ...own],
      ...['--host', '127.0.0.1', '--port', String(options.port ?? 0), '--connection-token-file', tokenFile],
      ...['--telemetry-level', 'off', '--disable-workspace-trust', '--disable-getting-started-override'],
    ],
    { cwd: root, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );

  const stop = async () => {
    await endGroup(server);
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const port = await listeningPort(server);
    const url = `http://127.0.0.1:${port}/?${new URLSearchParams({ tkn: token, folder })}`;
    return { url, home, extensions, machineSettings, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} server
 * @returns {Promise<number>} the port that the server says it listens on
 */
function listeningPort(server) {
  return new Promise((resolve, reject) => {
    let output = '';
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ chunk) => {
        if (output.length < 100_000) output += chunk;
        const found = /Extension host agent listening on (\d+)/.exec(output);
        if (found) resolve(Number(found[1]));
      });
    }
    server.on('error', reject);
    server.on('exit', (code, signal) => {
      reject(new Error(`VS Code ended at once with ${code ?? signal}:\n${output}`));
    });
  });
}

/**
 * Ends the server and everything it started: it leads a process group of its own.
 * @param {import('node:child_process').ChildProcess} leader
 */
async function endGroup(leader) {
  if (leader.pid === undefined) return;
  const group = -leader.pid;
  /** @param {NodeJS.Signals | 0} signal @returns {boolean} false when nobody is left */
  const signal = (signal) => {
    try {
      return process.kill(group, signal);
    } catch {
      return false; // ESRCH: all of them are gone
    }
  };
  signal('SIGTERM');
  // What is still there a second after SIGKILL is dead, and its PID 1 does not reap (a container without an init).
  for (let waited = 0; waited <= 6000 && signal(0); waited += 50) {
    if (waited === 5000) signal('SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @param {string} path @param {unknown} value */
function writeJson(path, value) {
  return writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
