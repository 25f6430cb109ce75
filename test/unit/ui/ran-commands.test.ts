import assert from 'node:assert/strict';
import { enterWorkload, type Workload } from '../../../src/core/model';
import { terminalCommand } from '../../../src/nodes/kind/provider';
import { MOST, RanCommands } from '../../../src/ui/ran-commands';

const WORKLOAD: Workload = {
  ...{ id: 'c1', inode: 7, cookie: '1', name: 'web', host: false, controlPort: null, cgroup: null },
  ...{ processes: [{ pid: 42, uid: 0, comm: 'app' }], processCount: 1 },
};

describe('the commands that were run', () => {
  it('are kept once each, the last first, and by node', () => {
    const ran = new RanCommands();
    ran.add({ node: 'a', argv: ['id'], netns: null });
    ran.add({ node: 'b', argv: ['id'], netns: null });
    ran.add({ node: 'a', argv: ['id'], netns: 7 });
    ran.add({ node: 'a', argv: ['id'], netns: null });
    assert.deepEqual(
      ran.of().map(({ node, netns }) => [node, netns]),
      [
        ['a', null],
        ['a', 7],
        ['b', null],
      ],
    );
    assert.equal(ran.of('b').length, 1);
  });

  it('are forgotten where there are too many, the oldest first', () => {
    const ran = new RanCommands();
    for (let number = 0; number <= MOST; number++)
      ran.add({ node: 'a', argv: [String(number)], netns: null });
    assert.equal(ran.of().length, MOST);
    assert.deepEqual(ran.of().at(-1)?.argv, ['1']);
  });
});

describe('what leads into a workload by hand', () => {
  it('is its name, else a process; nothing where it is the host; null where there is neither', () => {
    assert.deepEqual(enterWorkload(WORKLOAD), ['nsenter', '--net=/run/netns/web']);
    assert.deepEqual(enterWorkload({ ...WORKLOAD, name: null }), ['nsenter', '--target', '42', '--net']);
    assert.deepEqual(enterWorkload({ ...WORKLOAD, host: true }), []);
    assert.equal(enterWorkload({ ...WORKLOAD, name: null, processes: [] }), null);
  });

  it('goes through the container that a node of kind is', () => {
    const enter = { file: 'nsenter', args: ['--net=/run/netns/web'] };
    const exec = ['exec', '--privileged', '--interactive', '--tty', 'mesh-worker'];
    assert.deepEqual(terminalCommand('docker', 'mesh-worker', enter), {
      file: 'docker',
      args: [...exec, 'nsenter', '--net=/run/netns/web'],
    });
    assert.deepEqual(terminalCommand('podman', 'mesh-worker', null).args, [...exec, 'bash']);
  });
});
