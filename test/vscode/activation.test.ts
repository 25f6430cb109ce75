import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { packageExtension } from '../../tools/package.mjs';
import { startVscode, type Vscode } from '../../tools/vscode-host.mjs';
import { InspectedHost } from './inspected-host';
import { launchBrowser } from './pages/browser';
import { Workbench } from './pages/workbench';

/** Words that only one package has; bundling keeps them. */
const MARKS = {
  ssh2: 'diffie-hellman-group-exchange-sha256',
  'ssh-config': 'Missing value for match criteria',
  execa: 'Command was killed with',
  yaml: 'Excessive alias count indicates a resource exhaustion attack',
};

/** V8's own record of what a process has loaded. */
interface Coverage {
  result: { url: string }[];
}

describe('activation, in a real VS Code', () => {
  let vscode: Vscode | null = null;
  let browser: Browser | null = null;
  let host: InspectedHost | null = null;
  let directory = '';

  before(async function () {
    this.timeout(300_000);
    directory = await mkdtemp(join(tmpdir(), 'mesh-redirect-coverage-'));
    host = new InspectedHost(join(directory, 'host.sock'));
    const { nodeOptions, environment } = host.options();
    vscode = await startVscode({
      nodeOptions,
      vsix: await packageExtension(),
      // The port of "discard", which nobody serves: connecting is to load the transport, not to succeed.
      machineSettings: {
        'meshRedirect.nodes': [{ kind: 'ssh', host: '127.0.0.1', port: 9, user: 'root' }],
        // Where there is kind, it is asked for its clusters as soon as the view is seen.
        'meshRedirect.kind.show': false,
      },
      environment: { ...environment, NODE_V8_COVERAGE: directory },
    });
    browser = await launchBrowser();
  });

  after(async () => {
    await browser?.close();
    await vscode?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Does `work` in a window of its own, leaves that, and gives the extension's files that it had loaded. */
  const filesLoadedBy = async (work: (workbench: Workbench) => Promise<void>): Promise<string[]> => {
    assert.ok(vscode && browser && host);
    const { extensions, url } = vscode;
    const context = await browser.newContext();
    await work(await Workbench.open(context, url));
    await host.evaluate(`process.getBuiltinModule('v8').takeCoverage()`);
    const pid = await host.evaluate('process.pid');
    const records = (await readdir(directory)).filter((name) => name.startsWith(`coverage-${String(pid)}-`));
    const lists = await Promise.all(records.map((name) => filesIn(join(directory, name), extensions)));
    await context.close();
    return lists.flat();
  };

  it('loads neither ssh2 nor ssh-config nor execa nor yaml, though all of them are installed', async () => {
    assert.ok(vscode);
    const installed = (await readdir(vscode.extensions, { recursive: true })).filter((name) =>
      name.endsWith('.js'),
    );
    assert.deepEqual(await marksIn(installed.map((name) => join(vscode?.extensions ?? '', name))), [
      'ssh2',
      'ssh-config',
      'execa',
      'yaml',
    ]);
    const files = await filesLoadedBy(async (workbench) => {
      await workbench.nodes.open();
      await workbench.nodes.waitForRow('root@127.0.0.1:9', 'not connected');
    });
    assert.ok(
      files.some((file) => basename(file) === 'extension.js'),
      files.join(),
    );
    assert.deepEqual(await marksIn(files), []);
  });

  it('loads ssh2 when a node is connected over SSH, and not execa', async () => {
    const files = await filesLoadedBy(async (workbench) => {
      await workbench.nodes.open();
      await workbench.nodes.pressInline('root@127.0.0.1:9', 'Connect');
      await workbench.notification('127.0.0.1');
    });
    assert.deepEqual(await marksIn(files), ['ssh2', 'ssh-config']);
  });
});

/** The files below `folder` in one record of V8's. */
async function filesIn(record: string, folder: string): Promise<string[]> {
  const { result } = JSON.parse(await readFile(record, 'utf8')) as Coverage;
  return result
    .filter(({ url }) => url.startsWith('file://'))
    .map(({ url }) => fileURLToPath(url))
    .filter((file) => file.startsWith(folder));
}

/** Which packages are in these files. */
async function marksIn(files: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return Object.entries(MARKS)
    .filter(([, mark]) => texts.some((text) => text.includes(mark)))
    .map(([name]) => name);
}
