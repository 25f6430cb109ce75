import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clustersCommand, findClusters } from '../../src/nodes/kind/clusters';
import { findProvider } from '../../src/nodes/kind/provider';
import { Tools } from '../../src/nodes/kind/tools';
import { kindFolder } from '../../tools/kind/install.mjs';
import { Recorder } from './fixture';

const { signal } = new AbortController();

/** How each engine says who it is. */
const ANSWERS = {
  docker: 'Docker version 27.0.0, build x',
  podman: 'podman version 5.0.0',
  nerdctl: 'nerdctl version 2.0.0',
  finch: 'finch version v1.2.0',
} as const;

describe('the container engine of kind', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mesh-redirect-engines-'));
    await symlink(join(kindFolder(), 'kind'), join(directory, 'kind'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** A machine with the real kind and these engines, which write down what they are asked, and know no container. */
  async function machine(engines: Readonly<Record<string, string>>, wanted?: string): Promise<Tools> {
    for (const [name, answer] of Object.entries(engines)) {
      const script = `#!/bin/sh\necho "${name} $*" >>'${directory}/asked'\ncase $1 in -v|--version) echo '${answer}' ;; esac\n`;
      await writeFile(join(directory, name), script, { mode: 0o755 });
    }
    const choice = wanted === undefined ? {} : { KIND_EXPERIMENTAL_PROVIDER: wanted };
    return new Tools(new Recorder(), { PATH: directory, HOME: directory, ...choice });
  }

  /** Which of them the real kind asks for its containers. */
  async function askedByKind(tools: Tools): Promise<string | null> {
    await tools.run(clustersCommand, signal);
    const asked = await readFile(join(directory, 'asked'), 'utf8').catch(() => '');
    return /^(\S+) ps /m.exec(asked)?.[1] ?? null;
  }

  for (const [what, chosen, engines, wanted] of [
    ['docker before the others', 'docker', ['docker', 'nerdctl', 'podman']],
    ['nerdctl before podman', 'nerdctl', ['nerdctl', 'podman']],
    ['finch, which is a nerdctl', 'finch', ['finch', 'podman']],
    ['podman where it is alone', 'podman', ['podman']],
    ['the one that a person wants', 'podman', ['docker', 'podman'], 'podman'],
    ['as if nothing were wanted, where that is no engine', 'docker', ['docker', 'podman'], 'rkt'],
    ['what a person wants, also where it is not there', null, ['docker'], 'podman'],
  ] as const) {
    it(`is chosen as kind chooses it: ${what}`, async () => {
      const tools = await machine(Object.fromEntries(engines.map((name) => [name, ANSWERS[name]])), wanted);
      assert.equal(await askedByKind(tools), chosen);
      assert.equal(await findProvider(tools, signal), chosen);
    });
  }

  it('is none that only has the name of one', async () => {
    const tools = await machine({ docker: 'podman version 5.0.0', podman: ANSWERS.podman });
    assert.equal(await askedByKind(tools), 'podman');
    assert.deepEqual(await findClusters(tools, signal), { kind: 'found', provider: 'podman', clusters: [] });
  });
});
