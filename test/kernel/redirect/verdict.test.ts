import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { OWN_CHAINS, parseRuleset, restoreText } from '../../../src/core/iptables';
import { REDIRECT_HOOKS, type Backend, type Family, type Snapshot } from '../../../src/core/model';
import { parsePolicy, type Policy } from '../../../src/core/policy';
import { verdictOf } from '../../../src/core/redirect';
import { TestAgent } from '../agent/harness';
import { Pod } from '../agent/pod';
import { loadRedirect, pinDirectory, removePins } from '../agent/redirect-object';
import { Namespace } from './netns';

const RICH: Policy =
  parsePolicy({
    podIpMode: true,
    sidecarGid: 1337,
    interfaceExclusions: ['eth1', 'tun+'],
    inboundPortExclusions: Array.from({ length: 20 }, (_, index) => 1001 + index * 2),
    outboundPortExclusions: ['3000-3010', 5432],
    outboundIpRangeExclusions: ['10.1.0.0/16', 'fd00:1::/64'],
    outboundIpRangeInclusions: ['10.0.0.0/8', 'fd00::/8'],
    inboundPortInclusions: ['8000-9000', 80],
    inboundSourceExclusions: ['10.9.0.0/16', 'fd00:9::/32'],
  }).policy ?? assert.fail();

for (const backend of ['nft', 'legacy'] as const)
  for (const family of ['ipv4', 'ipv6'] as const)
    describe(`a verdict on ${family} rules in ${backend} from which one was taken`, function () {
      this.timeout(120_000);
      suite(family, backend);
    });

function suite(family: Family, backend: Backend): void {
  let namespace: Namespace;
  let snapshot: Snapshot;
  const where = `${family === 'ipv4' ? 'IPv4' : 'IPv6'} rules in ${backend}`;

  before(async () => {
    namespace = await Namespace.make('verdict');
    const agent = new TestAgent();
    await namespace.run('ip', ['address', 'add', '10.0.0.5/24', 'dev', 'lo']);
    const { id } = await agent.workload(namespace.name);
    snapshot = await agent.client.request('snapshot', { workload: id });
    await agent.stop();
    const facts = { podAddress: '10.0.0.5' };
    for (const which of ['ipv4', family] as const) {
      const text = restoreText(parseRuleset(await namespace.save(which, backend)), RICH, which, facts);
      if (text !== null) await namespace.restore(which, backend, text);
    }
  });
  after(() => namespace.remove());

  const look = async () => {
    const families: Family[] = family === 'ipv4' ? ['ipv4'] : ['ipv4', 'ipv6'];
    const rulesets = [];
    for (const which of families) {
      rulesets.push({ family: which, backend, text: await namespace.save(which, backend) });
    }
    return verdictOf({ ...snapshot, rulesets }, RICH);
  };

  it('names it, each in turn, and is whole again with it', async () => {
    const whole = await namespace.save(family, backend);
    assert.deepEqual([(await look()).kind, (await look()).missing], ['iptables', []]);
    const chains = [...(parseRuleset(whole).tables[0]?.chains.values() ?? [])];
    let count = 0;
    for (const { name, rules } of chains) {
      for (const [index, { spec }] of rules.entries()) {
        const number = String(index + 1);
        await namespace.restore(family, backend, `*nat\n-D ${name} ${number}\nCOMMIT\n`);
        const { kind, missing } = await look();
        assert.equal(kind, 'partial', `without ${spec}`);
        const emptied = rules.length === 1 && OWN_CHAINS.includes(name);
        const told = emptied ? `chain ${name} is empty.` : `missing: -A ${name} ${spec}`;
        assert.ok(missing.includes(`${where}: ${told}`), missing.join('\n'));
        await namespace.restore(family, backend, `*nat\n-I ${name} ${number} ${spec}\nCOMMIT\n`);
        count += 1;
      }
    }
    assert.ok(count >= 25, `${count} rules`);
    assert.deepEqual([(await look()).kind, (await look()).missing], ['iptables', []]);
  });

  it('names an emptied chain, and a chain that is gone', async () => {
    const whole = await namespace.save(family, backend);
    for (const name of OWN_CHAINS) {
      await namespace.restore(family, backend, `*nat\n-F ${name}\nCOMMIT\n`);
      assert.ok((await look()).missing.includes(`${where}: chain ${name} is empty.`));
      const callers = [...(parseRuleset(whole).tables[0]?.chains.values() ?? [])].flatMap((chain) =>
        chain.rules
          .filter(({ spec }) => spec.endsWith(` -j ${name}`))
          .map(({ spec }) => `-D ${chain.name} ${spec}`),
      );
      const gone = `*nat\n${callers.join('\n')}\n-X ${name}\nCOMMIT\n`;
      await namespace.restore(family, backend, gone);
      const { kind, missing } = await look();
      assert.equal(kind, 'partial');
      assert.ok(missing.includes(`${where}: chain ${name} is missing.`), missing.join('\n'));
      await restoreWhole(whole);
    }
    assert.equal((await look()).kind, 'iptables');
  });

  /** The table as it was, whatever it holds now. */
  async function restoreWhole(text: string): Promise<void> {
    const tool = `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}-restore`;
    await namespace.run(tool, ['-c'], text);
  }
}

describe('a verdict on eBPF mode from which a link was taken', function () {
  this.timeout(60_000);
  let agent: TestAgent;
  let pod: Pod;
  let workload: string;

  before(async () => {
    pod = await Pod.make('verdict');
    agent = new TestAgent();
    workload = (await agent.workload(pod.name)).id;
  });
  after(async () => {
    await agent.stop();
    await pod.remove();
    await removePins(workload);
  });

  const look = async () => {
    const policy = { ...RICH, podIpMode: false };
    return verdictOf(await agent.client.request('snapshot', { workload }), policy);
  };

  for (const hook of REDIRECT_HOOKS)
    it(`names ${hook}, and is whole again with it`, async () => {
      const { load } = await loadRedirect(agent, workload);
      const attach = () =>
        agent.client.request('bpf/attach', { workload, load, programs: [...REDIRECT_HOOKS] });
      await attach();
      assert.deepEqual([(await look()).kind, (await look()).missing], ['ebpf', []]);
      rmSync(join(await pinDirectory(workload), hook));
      const { kind, missing } = await look();
      assert.deepEqual([kind, missing], ['partial', [`${hook} is not attached.`]]);
      await attach();
      assert.equal((await look()).kind, 'ebpf');
    });
});
