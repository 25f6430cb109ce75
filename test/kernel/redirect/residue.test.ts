import assert from 'node:assert/strict';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FSM_RULES } from '../../../playground/fsm-rules';
import { HOLD, transitionText } from '../../../src/core/iptables';
import { REDIRECT_HOOKS, type Backend, type Family, type NodeInfo } from '../../../src/core/model';
import type { Finding } from '../../../src/core/residue';
import { PROTOCOL } from '../../../src/nodes/agent/protocol';
import { findResidue, removeResidue } from '../../../src/redirect';
import { TestAgent, until } from '../agent/harness';
import { Pod } from '../agent/pod';
import { loadRedirect, pinDirectory, removePins } from '../agent/redirect-object';
import { addChain, applyParams, keepersOf } from '../agent/switching';
import { FOREIGN, foreignRules } from './foreign-rules';

const WORLDS = (['ipv4', 'ipv6'] as const).flatMap((family) =>
  (['nft', 'legacy'] as const).map((backend) => ({ family, backend })),
);
type World = (typeof WORLDS)[number];

const tool = ({ family, backend }: { family: Family; backend: Backend }, verb: string): string =>
  `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}-${verb}`;

const NAMES = /FSM_PROXY_(IN_REDIRECT|INBOUND|OUT_REDIRECT|OUTBOUND)/g;
const SPELLINGS: readonly ((name: string) => string)[] = [
  (name) => `FSM_PROXY_${name}`,
  (name) => `fsm_PROXY_${name}`,
  (name) => `PROXY_${name.replace('OUTBOUND', 'OUTPUT').replace('OUT_REDIRECT', 'REDIRECT')}`,
];

/** FSM's text with its chains spelled so, for the family. */
const fsmText = (family: Family, spelled: (name: string) => string): string => {
  const text = FSM_RULES.replaceAll(NAMES, (_, name: string) => spelled(name));
  return family === 'ipv4' ? text : text.replaceAll('127.0.0.1/32', '::1/128');
};

const ISTIO = `*mangle
:ISTIO_DIVERT - [0:0]
-A PREROUTING -p tcp -j ISTIO_DIVERT
-A ISTIO_DIVERT -j MARK --set-xmark 0x539/0xffffffff
COMMIT
*nat
:ISTIO_OUTPUT - [0:0]
:ISTIO_REDIRECT - [0:0]
-A OUTPUT -p tcp -j ISTIO_OUTPUT
-A ISTIO_OUTPUT -j ISTIO_REDIRECT
-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001
COMMIT
`;

/** Listens as a sidecar would. */
const SIDECAR = `
import net from 'node:net';
const listen = (port) => new Promise((done) => net.createServer(() => {}).listen(port, '0.0.0.0', done));
await Promise.all([listen(15001), listen(15003)]);
console.log('ready');
`;

describe('cleaning up residue', function () {
  this.timeout(120_000);
  let agent: TestAgent;
  let info: NodeInfo;
  let pod: Pod;
  let workload: string;

  beforeEach(async () => {
    pod = await Pod.make('residue');
    agent = new TestAgent();
    info = await agent.client.request('initialize', { protocol: PROTOCOL, client: 'test' });
    workload = (await agent.workload(pod.name)).id;
  });
  afterEach(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  const request = () => ({ connection: { agent: agent.client, info } });
  /** What is found of this test's workload; others are at work on this machine. */
  const find = async (): Promise<Finding[]> =>
    (await findResidue(request())).filter(({ id }) => id.includes(`/${workload}`));
  const restore = (world: World, text: string) => pod.run([tool(world, 'restore'), '--noflush'], text);
  /** The rules of both families and back-ends, to the byte, but for dates and counters of chains. */
  const save = async (): Promise<string[]> => {
    const texts: string[] = [];
    for (const world of WORLDS) texts.push(await pod.run([tool(world, 'save')]));
    return texts.map((text) => text.replaceAll(/^#.*$/gm, '').replaceAll(/\[\d+:\d+\]/g, ''));
  };
  const remove = async (chosen: readonly Finding[]): Promise<void> => {
    const removed = await removeResidue(request(), chosen);
    assert.deepEqual(
      removed.map(({ outcome, message }) => [outcome, message]),
      chosen.map(() => ['removed', null]),
    );
  };

  it('takes FSM’s chains away in each spelling, doubled, in both back-ends and families, and nothing else', async () => {
    for (const world of WORLDS)
      for (const name of FOREIGN) await restore(world, foreignRules(name, world.family));
    const before = await save();
    assert.deepEqual(await find(), []);
    for (const world of WORLDS) {
      for (const spelled of SPELLINGS) {
        const text = fsmText(world.family, spelled);
        await restore(world, text);
        await restore(world, text);
      }
      await restore(world, ISTIO);
    }
    const found = await find();
    const own = found.filter(({ whose }) => whose === 'FSM');
    assert.equal(own.length, WORLDS.length * SPELLINGS.length, own.map(({ title }) => title).join('\n'));
    assert.ok(own.every(({ ticked, kind }) => ticked && kind === 'rules'));
    await remove(own);
    const left = await find();
    assert.deepEqual(
      left.map(({ whose, ticked }) => [whose, ticked]),
      WORLDS.map(() => ['Istio', false]),
    );
    await remove(left);
    assert.deepEqual(await find(), []);
    assert.deepEqual(await save(), before);
  });

  it('leaves what is in use, but for doubled jumps and what stands beside it', async () => {
    await pod.startNode(SIDECAR);
    const usual =
      info.iptables.find(({ family, isDefault }) => family === 'ipv4' && isDefault) ?? assert.fail();
    const world = { family: 'ipv4', backend: usual.backend } as const;
    const other = { family: 'ipv4', backend: usual.backend === 'nft' ? 'legacy' : 'nft' } as const;
    await restore(world, FSM_RULES);
    await restore(other, '*nat\nCOMMIT\n');
    assert.deepEqual(await find(), []);
    const before = await save();
    await restore(
      world,
      '*nat\n-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND\n-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND\nCOMMIT\n',
    );
    await restore(world, transitionText({ chains: [], jumps: [] }, HOLD) ?? '');
    await restore(other, FSM_RULES);
    const found = await find();
    assert.deepEqual(found.map(({ kind, ticked }) => `${kind} ${ticked}`).sort(), [
      'hold true',
      'jumps true',
      'rules true',
    ]);
    await remove(found);
    assert.deepEqual(await find(), []);
    assert.deepEqual(await save(), before);
  });

  it('leaves alone what is not what was shown any more', async () => {
    const world = { family: 'ipv4', backend: 'nft' } as const;
    await restore(world, FSM_RULES);
    const found = await find();
    assert.equal(found.length, 1);
    await restore(world, '*nat\n-A FSM_PROXY_OUTBOUND -d 192.0.2.1/32 -j RETURN\nCOMMIT\n');
    const before = await save();
    const [removed] = await removeResidue(request(), found);
    assert.equal(removed?.outcome, 'changed');
    assert.deepEqual(await save(), before);
    const again = await find();
    await remove(again);
    assert.deepEqual(
      (await removeResidue(request(), again)).map(({ outcome }) => outcome),
      ['gone'],
    );
  });

  it('detaches hooks that lead to nobody, and pins of a workload that is gone', async () => {
    const pins = await pinDirectory(workload);
    const attach = async (): Promise<void> => {
      const { load } = await loadRedirect(agent, workload);
      await agent.client.request('bpf/attach', { workload, load, programs: [...REDIRECT_HOOKS] });
    };
    await attach();
    await remove(await find());
    assert.ok(!existsSync(pins));
    await attach();
    await pod.remove();
    const found = await find();
    assert.deepEqual(
      found.map(({ id }) => id),
      [`pins/${workload}`],
    );
    await remove(found);
    assert.ok(!existsSync(pins));
    assert.deepEqual(await find(), []);
  });

  it('detaches a link that is pinned elsewhere', async () => {
    const { load } = await loadRedirect(agent, workload);
    await agent.client.request('bpf/attach', { workload, load, programs: ['getsockopt'] });
    const directory = await pinDirectory(workload);
    const held = join(dirname(dirname(directory)), `t-residue-${process.pid}`);
    renameSync(join(directory, 'getsockopt'), held);
    try {
      const { attachments } = await agent.client.request('snapshot', { workload });
      const found = (await findResidue(request())).filter(
        ({ id }) => id.includes(workload) || id === `link/${attachments[0]?.link}`,
      );
      assert.deepEqual(found.map(({ kind }) => kind).sort(), ['hooks', 'link']);
      await remove(found);
      assert.deepEqual((await agent.client.request('snapshot', { workload })).attachments, []);
      assert.ok(!existsSync(directory));
    } finally {
      rmSync(held, { force: true });
    }
  });

  it('takes back a switch that was cut off', async () => {
    const before = await save();
    const params = applyParams(workload, [addChain(workload, 'T_RESIDUE')]);
    await agent.client.request('switch/apply', params);
    await until(async () => {
      const { switches } = await agent.client.request('switch/list', {});
      return switches.find(({ switch: id, state }) => id === params.switch && state === 'armed');
    });
    assert.deepEqual(await find(), [], 'somebody has it');
    for (const pid of keepersOf(workload)) process.kill(pid, 'SIGKILL');
    await until(() => (keepersOf(workload).length === 0 ? true : undefined));
    const found = await find();
    assert.deepEqual(
      found.map(({ id, ticked }) => [id, ticked]),
      [[`journal/${workload}/${params.switch}`, true]],
    );
    await remove(found);
    assert.deepEqual(await find(), []);
    assert.deepEqual(withoutEmpty(await save()), withoutEmpty(before));
  });
});

/** Without the tables and built-in chains that stay once they were used. */
const withoutEmpty = (texts: string[]): string[] =>
  texts.map((text) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('-') || / - /.test(line))
      .join('\n'),
  );
