import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFile, copyFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startSshd, type Sshd } from '../../playground/sshd';
import { packageExtension } from '../../tools/package.mjs';
import { startVscode, type Vscode } from '../../tools/vscode-host.mjs';
import { TemporaryUser } from '../nodes/user';
import { launchBrowser } from './pages/browser';
import { Screenshots } from './pages/screenshots';
import { TerminalPage } from './pages/terminal-page';
import { Workbench } from './pages/workbench';
import { tellFailures } from './tell-failures';

const PASSPHRASE = 'open-sesame-4711';
const PASSWORD = 'swordfish-0815';

describe('SSH as people have it, in a real VS Code', () => {
  let user: TemporaryUser;
  let sshd: Sshd;
  let vscode: Vscode;
  let browser: Browser;
  let workbench: Workbench;

  before(async function () {
    this.timeout(300_000);
    user = new TemporaryUser('t-mr-vscode', '/bin/sh');
    user.setPassword(PASSWORD);
    user.allowSudo(true);
    sshd = await startSshd({ users: [user.name] });
    execFileSync('ip', ['netns', 'add', user.name]);
    vscode = await startVscode({
      vsix: await packageExtension(),
      settings: { 'terminal.integrated.gpuAcceleration': 'off' },
    });
    const ssh = join(vscode.home, '.ssh');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', PASSPHRASE, '-f', join(ssh, 'key')]);
    await appendFile(join(sshd.directory, 'authorized_keys'), await readFile(join(ssh, 'key.pub'), 'utf8'));
    await copyFile(sshd.knownHostsFile, join(ssh, 'known_hosts'));
    const files = [`IdentityFile ${join(ssh, 'key')}`, `UserKnownHostsFile ${join(ssh, 'known_hosts')}`];
    const lines = ['HostName 127.0.0.1', `Port ${sshd.port}`, `User ${user.name}`, ...files];
    await writeFile(join(ssh, 'config'), `Host web\n  ${lines.join('\n  ')}\nHost *\n  IdentityAgent none\n`);
    browser = await launchBrowser();
    const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
    // VS Code keeps secrets in the browser, under a key of the server's, which code-server's own front door hands out.
    const key = randomBytes(32);
    await context.route('**/mint-key', (route) => route.fulfill({ body: key }));
    workbench = await Workbench.open(context, vscode.url);
    await workbench.nodes.open();
  });

  after(async () => {
    await (browser as Browser | undefined)?.close();
    await (vscode as Vscode | undefined)?.stop();
    await (sshd as Sshd | undefined)?.stop();
    execFileSync('ip', ['netns', 'delete', user.name]);
    (user as TemporaryUser | undefined)?.remove();
  });

  tellFailures(() => ({ workbench, screenshots: new Screenshots(workbench.page, { update: false }) }));

  it('offers the hosts of ~/.ssh/config, says what is wrong with an address, and asks for nothing else', async () => {
    const { quickInput } = workbench;
    await quickInput.ask('Mesh Redirect: Add SSH Node', 'Where is the node?');
    const [only, ...others] = await quickInput.entries();
    assert.deepEqual([only?.trim().endsWith('web'), others], [true, []], only);
    await quickInput.answerWithEntry('Where is the node?', 'root@127.0.0.1:70000');
    await quickInput.pick('Where is the node?', '70000 is not a port');
    await quickInput.answerWithEntry('Where is the node?', 'web');
  });

  it('asks for the passphrase, again where it was wrong, and for the password of sudo', async () => {
    const { quickInput } = workbench;
    await quickInput.answer(/Passphrase of .*\/\.ssh\/key/, 'not-this-one');
    await quickInput.waitFor('That was not accepted');
    await quickInput.answer('That was not accepted', PASSPHRASE);
    await quickInput.waitFor(/Password of t-mr-vscode for sudo on web/);
    await quickInput.fillAndPress(PASSWORD, 'keep it');
    await workbench.nodes.waitForRow('web', 'Linux');
  });

  it('makes a lost connection again without asking', async () => {
    sshd.cut();
    await workbench.nodes.waitForRow('web', 'connecting again');
    await workbench.nodes.waitForRow('web', 'Linux');
  });

  it('offers nothing on a node that is read-only that would change something, and still shows it', async () => {
    const { nodes } = workbench;
    const namespace = user.name;
    const file = vscode.machineSettings;
    const settings = JSON.parse(await readFile(file, 'utf8')) as { 'meshRedirect.nodes': object[] };
    const [node] = settings['meshRedirect.nodes'];
    await writeFile(
      file,
      JSON.stringify({ ...settings, 'meshRedirect.nodes': [{ ...node, readOnly: true }] }),
    );
    await nodes.waitForRow('web', 'not connected');
    await nodes.pressInline('web', 'Connect');
    await nodes.waitForRow('web', 'read-only');
    await nodes.waitForRow(namespace, 'none');
    const menu = await nodes.menu(namespace);
    const kept = ['Inspect Rules', 'Preview Switch', 'Open Terminal in Workload', 'Copy Command'];
    assert.deepEqual(
      kept.filter((command) => !menu.includes(command)),
      [],
    );
    const changing = /Switch to|Remove|Roll Back|Verify/;
    assert.deepEqual(
      menu.filter((command) => changing.test(command)),
      [],
    );
    assert.ok(!(await nodes.menu('web')).includes('Clean Up Residue'));
    for (const command of ['Switch to eBPF', 'Remove Redirection', 'Verify']) {
      await workbench.runCommand(`Mesh Redirect: ${command}`);
      await workbench.notification('No workload is suitable');
      await workbench.clearNotifications();
    }
    await workbench.choose(
      'Mesh Redirect: Preview Switch',
      ['preview', namespace],
      [`What ${namespace} would be switched to`, 'iptables'],
    );
    await workbench.notification('Nobody listens on port 15003');
    await workbench.clearNotifications();
  });

  it('opens a terminal in a workload, whose command can be read and copied', async () => {
    const { nodes, page, quickInput } = workbench;
    const terminal = new TerminalPage(page);
    // With -F, because ssh(1) does not go by HOME, which is another one here than the system's.
    const config = join(vscode.home, '.ssh', 'config');
    const command = `ssh -t -F ${config} ${user.name}@web 'sudo nsenter --net=/run/netns/${user.name}'`;
    await nodes.chooseInMenu(user.name, 'Open Terminal in Workload');
    await terminal.waitFor(`$ ${command}`);
    await terminal.waitFor(/Enter passphrase for key .*:/);
    await terminal.enter(PASSPHRASE);
    await terminal.waitFor(/password for t-mr-vscode:/);
    await terminal.enter(PASSWORD);
    await terminal.waitFor(/# *$/);
    await terminal.enter('echo "I am in $(ip netns identify $$), as user $(id -u)"');
    await terminal.waitFor(`I am in ${user.name}, as user 0`);
    await terminal.exit();
    await nodes.chooseInMenu(user.name, 'Copy Command');
    await workbench.clipboard((text) => text === command);
    await nodes.chooseInMenu('web', 'Copy Command');
    await quickInput.answerWithEntry('Command to copy', `nsenter --net=/run/netns/${user.name}`);
    assert.match(
      await workbench.clipboard((text) => text !== command),
      /^nsenter --net=\/run\/netns\/t-mr-vscode \S*tables\S*-save\b/,
    );
  });

  it('remembers what was kept, and only that, in a new window; and forgets it when told to', async () => {
    const { quickInput } = workbench;
    await workbench.reload();
    await workbench.nodes.open();
    await workbench.nodes.pressInline('web', 'Connect');
    await quickInput.answer(/Passphrase of .*\/\.ssh\/key/, PASSPHRASE);
    await workbench.nodes.waitForRow('web', 'Linux');
    await workbench.runCommand('Mesh Redirect: Forget Passwords and Passphrases');
    await workbench.notification('1 of them in the secret storage');
    await workbench.nodes.pressInline('web', 'Disconnect');
    await workbench.nodes.waitForRow('web', 'not connected');
    await workbench.nodes.pressInline('web', 'Connect');
    await quickInput.waitFor(/Passphrase of .*\/\.ssh\/key/);
    await quickInput.dismiss();
    await workbench.nodes.waitForRow('web', 'not connected');
  });

  it('leaves no secret in a setting, a log or any other file', async () => {
    const root = dirname(vscode.home);
    const names = await readdir(root, { recursive: true, withFileTypes: true });
    const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    const settings = files.filter((file) => file.endsWith('settings.json'));
    assert.ok(settings.length > 0 && files.some((file) => file.endsWith('.log')));
    const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
    for (const secret of [PASSPHRASE, PASSWORD, 'not-this-one']) {
      assert.deepEqual(
        files.filter((_file, index) => texts[index]?.includes(secret)),
        [],
      );
    }
    assert.ok(!sshd.log().includes(PASSWORD));
  });
});
