import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run } from '../redirect/netns';
import { refused } from './harness';
import { SwitchStage } from './switch-stage';
import { addChain, JOURNALS } from './switching';

const HEAD = 128;

describe('a journal', () => {
  let stage: SwitchStage;
  let workload: string;
  let path: string;
  let journals: string;
  beforeEach(async () => {
    stage = await SwitchStage.make('journal');
    ({ workload } = stage);
    journals = stage.run.journals;
    path = join(journals, workload);
  });
  afterEach(async () => {
    rmSync(path, { recursive: true, force: true });
    await stage.remove();
  });

  /** What a keeper leaves that is killed while its switch of two steps is armed; the rules are as before again. */
  const leftBehind = async (): Promise<Buffer> => {
    await stage.arm([addChain(workload, 'A'), addChain(workload, 'B', { backend: 'legacy' })]);
    await stage.killKeeper();
    const bytes = readFileSync(path);
    await stage.recover();
    assert.equal(await stage.rules(), stage.before);
    return bytes;
  };
  const put = (bytes: Buffer | string): void => {
    mkdirSync(journals, { mode: 0o700, recursive: true });
    writeFileSync(path, bytes, { mode: 0o600 });
  };

  it('can be read by people, and by root alone', async () => {
    await stage.arm([addChain(workload, 'A'), addChain(workload, 'B')]);
    const text = readFileSync(path, 'utf8');
    assert.match(text, /^mesh-redirect journal 1: armed, of 2 steps 2 begun, 2 done, 0 taken back *\n/);
    const request = JSON.parse(text.slice(text.indexOf('{'))) as { holder: string };
    assert.equal(request.holder, 'alice@laptop');
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
  });

  it('of another boot is only removed', async () => {
    const bytes = await leftBehind();
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    put(
      bytes.toString('latin1').replace(
        boot,
        boot.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      ),
    );
    assert.equal((await stage.list())[0]?.state, 'armed');
    assert.deepEqual(
      (await stage.recover()).map(({ outcome, failure }) => [outcome, failure]),
      [['gone', null]],
    );
    assert.equal(await stage.rules(), stage.before);
    await stage.nothingLeft();
  });

  it('of another boot is not in the way of a switch', async () => {
    const bytes = await leftBehind();
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    put(
      bytes.toString('latin1').replace(
        boot,
        boot.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
      ),
    );
    const id = await stage.arm([addChain(workload, 'C')]);
    await stage.confirm(id);
    await stage.agent.switched(id, 'closed');
    await stage.nothingLeft();
  });

  it('of a switch that was confirmed is let go of', async () => {
    const bytes = await leftBehind();
    put(bytes.toString('latin1').replace('armed,', 'closing,').replace('  \n', '\n'));
    assert.deepEqual(
      (await stage.recover()).map(({ outcome }) => outcome),
      ['closed'],
    );
    assert.equal(await stage.rules(), stage.before);
    await stage.nothingLeft();
  });

  it('that an agent was writing when it was killed is removed', async () => {
    mkdirSync(journals, { mode: 0o700, recursive: true });
    writeFileSync(join(journals, `new-${workload}-1`), 'mesh-red', { mode: 0o600 });
    await stage.recover();
    assert.ok(!existsSync(join(journals, `new-${workload}-1`)));
  });

  /** Puts something in the journal's place that is none. */
  const HOSTILE: Record<string, (bytes: Buffer) => unknown> = {
    'is empty': () => {
      put('');
    },
    'is rubbish': () => {
      put(Buffer.alloc(4096, 'rubbish'));
    },
    'is cut in its head': (bytes) => {
      put(bytes.subarray(0, 100));
    },
    'is cut in its lines': (bytes) => {
      put(bytes.subarray(0, HEAD + 70));
    },
    'is cut in its request': (bytes) => {
      put(bytes.subarray(0, bytes.length - 1));
    },
    'has more steps in its head than in its request': (bytes) => {
      put(bytes.toString('latin1').replace('of 2 steps', 'of 3 steps'));
    },
    'has done more steps than it began': (bytes) => {
      put(bytes.toString('latin1').replace('2 begun, 2 done', '1 begun, 2 done'));
    },
    'has begun more steps than it has': (bytes) => {
      put(bytes.toString('latin1').replace('2 begun, 2 done', '9 begun, 9 done'));
    },
    'has a state that is none': (bytes) => {
      put(bytes.toString('latin1').replace('armed', 'alarm'));
    },
    'has a number that is none': (bytes) => {
      put(bytes.toString('latin1').replace('2 begun', '-2begun'));
    },
    'is of another workload': (bytes) => {
      put(bytes.toString('latin1').replaceAll(`"${workload}"`, `"${workload.replace(/.$/, 'X')}"`));
    },
    'runs a verb that is none for it': (bytes) => {
      put(
        bytes
          .toString('latin1')
          .replaceAll('workload/verify', 'workload/x')
          .replaceAll('iptables/restore', 'iptables/restored'),
      );
    },
    'can be read by others': (bytes) => {
      put(bytes);
      chmodSync(path, 0o644);
    },
    'belongs to somebody else': (bytes) => {
      put(bytes);
      chownSync(path, 65534, 65534);
    },
    'is a symbolic link': (bytes) => {
      const target = join(journals, `elsewhere-${workload}`);
      mkdirSync(journals, { mode: 0o700, recursive: true });
      writeFileSync(target, bytes, { mode: 0o600 });
      symlinkSync(target, path);
    },
    'is a directory': () => mkdirSync(path, { mode: 0o700, recursive: true }),
    'is a pipe': () => {
      mkdirSync(journals, { mode: 0o700, recursive: true });
      return run('mkfifo', ['-m', '0600', path]);
    },
  };
  for (const [what, make] of Object.entries(HOSTILE))
    it(`that ${what} is neither believed nor removed`, async () => {
      await make(await leftBehind());
      const named = join(JOURNALS, workload); // as the agent sees it
      assert.deepEqual(await stage.list(), []);
      assert.deepEqual(await stage.recover(), []);
      assert.ok(stage.other.logs.some(({ level, message }) => level === 'warn' && message.includes(named)));
      assert.ok(lstatSync(path));
      const { data } = await refused(stage.apply([addChain(workload, 'C')]), 'journal-unusable');
      assert.equal(data['path'], named);
      await refused(stage.confirm('0'.repeat(32)), 'journal-unusable');
      assert.equal(await stage.rules(), stage.before);
    });

  it('is not written to a directory that others can write to', async () => {
    chmodSync(journals, 0o777);
    await refused(stage.apply([addChain(workload, 'A')]), 'journal-unusable');
    assert.equal(await stage.rules(), stage.before);
  });
});
