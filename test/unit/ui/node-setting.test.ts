import assert from 'node:assert/strict';
import { nodeIdOf, parseNodeSettings, parseSshTarget } from '../../../src/ui/nodes/node-setting';

describe('parseSshTarget', () => {
  const target = (typed: string) => {
    const parsed = parseSshTarget(typed);
    return 'target' in parsed ? parsed.target : null;
  };
  const problem = (typed: string) => {
    const parsed = parseSshTarget(typed);
    return 'problem' in parsed ? parsed.problem : '';
  };

  for (const [typed, expected] of [
    ['root@10.0.0.1:22', { user: 'root', host: '10.0.0.1', port: 22 }],
    ['10.0.0.1', { host: '10.0.0.1' }],
    ['  admin@node-1.example:2222 ', { user: 'admin', host: 'node-1.example', port: 2222 }],
    ['node:22', { host: 'node', port: 22 }],
    ['root@[2001:db8::1]:2222', { user: 'root', host: '2001:db8::1', port: 2222 }],
    ['root@[::1]', { user: 'root', host: '::1' }],
    ['root@2001:db8::1', { user: 'root', host: '2001:db8::1' }],
    ['::1', { host: '::1' }],
  ] as const) {
    it(`reads "${typed}"`, () => {
      assert.deepEqual(target(typed), expected);
    });
  }

  for (const [typed, said] of [
    ['', /user@host:port/],
    ['@host', /user@host:port/],
    ['root@', /user@host:port/],
    ['root@host:', /user@host:port/],
    ['root@host:ssh', /user@host:port/],
    ['root@host:0', /0 is not a port/],
    ['root@host:70000', /70000 is not a port/],
    ['root@ho st', /user@host:port/],
    ['root@a@b', /user@host:port/],
    ['-oProxyCommand=x', /begins with "-"/],
    ['-x@host', /begins with "-"/],
  ] as const) {
    it(`refuses "${typed}"`, () => {
      assert.match(problem(typed), said);
    });
  }
});

describe('parseNodeSettings', () => {
  it('leaves to ~/.ssh/config what is not said', () => {
    const { nodes, problems } = parseNodeSettings([{ kind: 'ssh', host: 'a' }, { kind: 'local' }]);
    assert.deepEqual(problems, []);
    assert.deepEqual(nodes, [{ kind: 'ssh', host: 'a' }, { kind: 'local' }]);
    assert.deepEqual(nodes.map(nodeIdOf), ['ssh:a', 'local']);
  });

  it('names each wrong entry by its place, and keeps the right ones', () => {
    const { nodes, problems } = parseNodeSettings([
      { kind: 'ssh', host: 'a', port: 70000 },
      { kind: 'telnet', host: 'b' },
      { kind: 'ssh', host: 'c' },
      'nonsense',
    ]);
    assert.deepEqual(nodes.map(nodeIdOf), ['ssh:c']);
    assert.deepEqual(
      problems.map((problem) => /^meshRedirect\.nodes\[\d\][.\w]*/.exec(problem)?.[0]),
      ['meshRedirect.nodes[0].port', 'meshRedirect.nodes[1].kind', 'meshRedirect.nodes[3]'],
    );
  });

  it('takes the same machine once', () => {
    const { nodes, problems } = parseNodeSettings([
      { kind: 'ssh', host: 'a', port: 22, user: 'root', label: 'first' },
      { kind: 'ssh', host: 'a', port: 22, user: 'root' },
    ]);
    assert.equal(nodes.length, 1);
    assert.match(problems.join(), /nodes\[1\]: ssh:root@a:22 is listed twice/);
  });

  it('refuses what is no list', () => {
    assert.deepEqual(parseNodeSettings({ kind: 'local' }).nodes, []);
    assert.match(parseNodeSettings({}).problems.join(), /must be a list/);
  });
});
