import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { NodeError } from '../../../src/nodes/errors';
import { loadKnownHosts, rememberHostKey } from '../../../src/nodes/ssh/known-hosts-file';
import { blob, ED25519, line } from './keys';

describe('the known_hosts file', () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-known-hosts-'));
    file = path.join(directory, '.ssh', 'known_hosts');
  });
  afterEach(() => rm(directory, { recursive: true }));

  const remember = (name: string): Promise<void> => rememberHostKey(file, name, ED25519.type, blob(ED25519));

  it('is created for its owner alone, with its directory', async () => {
    await remember('[a]:2222');
    assert.equal(await readFile(file, 'utf8'), `${line('[a]:2222', ED25519)}\n`);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.equal((await stat(path.dirname(file))).mode & 0o777, 0o700);
  });

  it('keeps what was there, also behind a last line without an end', async () => {
    await remember('a');
    await writeFile(file, line('old', ED25519));
    await remember('b');
    await remember('c');
    const { known, malformed } = await loadKnownHosts([file]);
    assert.deepEqual(malformed, []);
    assert.deepEqual(
      known.filter((entry) => entry.file === file).map((entry) => entry.hosts.join()),
      ['old', 'b', 'c'],
    );
  });

  it('knows nobody when it is absent, and is an error when it cannot be read', async () => {
    const { known } = await loadKnownHosts([file]);
    assert.deepEqual(
      known.filter((entry) => entry.file === file),
      [],
    );
    await assert.rejects(loadKnownHosts([directory]), (error) => {
      assert.ok(error instanceof NodeError);
      assert.equal(error.kind, 'bad-settings');
      assert.match(error.message, new RegExp(directory));
      return true;
    });
  });
});
