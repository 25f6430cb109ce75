import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import path from 'node:path';
import { agentSocket } from '../../../src/nodes/ssh/config/agent-socket';
import { readLine } from '../../../src/nodes/ssh/config/line';
import { Values } from '../../../src/nodes/ssh/config/values';

const linux = { platform: 'linux', env: {} } as const;
const windows = { platform: 'win32', env: {} } as const;
const withSocket = { SSH_AUTH_SOCK: '/run/agent' };
const PIPE = String.raw`\\.\pipe\openssh-ssh-agent`;

/** Where it is by what is said after `IdentityAgent`, if anything is. */
function socket(said: string | null, machine: Parameters<typeof agentSocket>[3], setting?: string) {
  const statement = said === null ? null : readLine(`IdentityAgent ${said}`);
  assert.ok(typeof statement !== 'string');
  const place = { file: '/config', line: 1 };
  const lines = statement ? [['identityagent', [{ ...statement, place }]] as const] : [];
  return agentSocket(new Values(new Map(lines)), setting, { r: 'root' }, machine);
}

describe('the ssh-agent', () => {
  it('is where the shell says, on Windows else that of its own service, and elsewhere else nowhere', () => {
    assert.equal(socket(null, { ...linux, env: withSocket }), '/run/agent');
    assert.equal(socket(null, { ...windows, env: withSocket }), '/run/agent');
    assert.equal(socket(null, windows), PIPE);
    assert.equal(socket(null, linux), null);
    assert.equal(socket(null, { ...linux, env: { SSH_AUTH_SOCK: '' } }), null);
  });

  it('is where IdentityAgent says, also by a variable, or is none', () => {
    assert.equal(socket('~/.ssh/%r.sock', linux), path.join(homedir(), '.ssh', 'root.sock'));
    assert.equal(socket('$MINE', { ...linux, env: { MINE: '/run/mine' } }), '/run/mine');
    assert.equal(socket('${MINE}', { ...linux, env: { MINE: '/run/mine' } }), '/run/mine');
    assert.equal(socket('$MINE', { ...linux, env: withSocket }), null);
    assert.equal(socket('SSH_AUTH_SOCK', { ...linux, env: withSocket }), '/run/agent');
    assert.equal(socket('SSH_AUTH_SOCK', windows), PIPE);
    assert.equal(socket('none', { ...windows, env: withSocket }), null);
  });

  it('is PuTTY’s by its name, and a named pipe however its slashes are written', () => {
    assert.equal(socket('pageant', windows), 'pageant');
    assert.equal(socket('//./pipe/other', windows), '//./pipe/other');
    assert.equal(socket(String.raw`\\.\pipe\other`, windows), String.raw`\\.\pipe\other`);
    assert.equal(socket(String.raw`"\\.\pipe\other"`, windows), String.raw`\\.\pipe\other`);
  });

  it('is what the node’s own setting says before all of that', () => {
    assert.equal(socket('none', { ...linux, env: withSocket }, '/own'), '/own');
    assert.equal(socket('/theirs', { ...linux, env: withSocket }, ''), null);
  });
});
