import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FSM_RULES } from '../../../playground/fsm-rules';
import { REDIRECT_HOOKS, type RedirectHook } from '../../../src/core/model';
import { parsePolicy, type Policy } from '../../../src/core/policy';
import type { Check } from '../../../src/core/verify';
import { listChecks, verifyWorkload, type VerifyRequest } from '../../../src/redirect';
import { pinDirectory } from '../agent/redirect-object';
import { Modes } from './modes';
import { World } from './world';

const policyOf = (settings: object): Policy => parsePolicy(settings).policy ?? assert.fail();

const RICH = policyOf({
  sidecarGid: 1337,
  interfaceExclusions: ['eth1'],
  inboundPortExclusions: [9000],
  outboundPortExclusions: [5432, '6000-6010'],
  outboundIpRangeExclusions: ['10.1.0.0/16', 'fd01::/64'],
  inboundSourceExclusions: ['10.9.0.0/16', 'fd09::/64'],
});
const NARROW = policyOf({
  podIpMode: true,
  outboundIpRangeInclusions: ['10.0.0.0/8', 'fd00::/8'],
  inboundPortInclusions: ['8080-8090'],
});
/** What FSM's own rules say: they know no control ports. */
const FSM = policyOf({ controlPorts: [] });

describe('verifying a workload', function () {
  this.timeout(120_000);
  let world: World;
  let modes: Modes;

  before(async () => {
    world = await World.start('verify', { mode: 'none', ipv6: true });
    const { server } = world.playground;
    for (const line of [
      'link add eth1 type veth peer name beside',
      'address add 10.78.0.3/24 dev eth1',
      'link set eth1 up',
      'link set beside up',
      'address add fd78::3/64 dev eth1 nodad',
    ]) {
      await server.run(['ip', ...line.split(' ')]);
    }
    modes = new Modes(world.agent, server.workloadId);
  });
  afterEach(() => modes.none());
  after(() => world.stop());

  const verify = (policy: Policy, more: Partial<VerifyRequest> = {}): Promise<Check[]> =>
    verifyWorkload({
      connection: { agent: world.agent.client, info: world.info },
      workloadId: world.playground.server.workloadId,
      policy,
      ...more,
    });

  const told = (checks: readonly Check[]): string =>
    checks.map(({ id, message }) => `${id}: ${message}`).join('\n');
  const ids = (checks: readonly Check[], outcome: Check['outcome']): string[] =>
    checks.filter((check) => check.outcome === outcome).map(({ id }) => id);

  /** All of them passed, but for those which say that they cannot be proved here. */
  function assertGreen(checks: readonly Check[], doubtful: readonly string[] = []): void {
    const others = checks.filter(({ id, outcome }) => outcome !== 'passed' && !doubtful.includes(id));
    assert.deepEqual(ids(others, 'failed').concat(ids(others, 'inconclusive')), [], told(others));
    assert.deepEqual(ids(checks, 'inconclusive'), doubtful);
  }

  it('proves that nothing is taken in mode none', async () => {
    const checks = await verify(RICH);
    assertGreen(checks);
    assert.deepEqual(ids(checks, 'passed').sort(), [
      ...[
        'ipv4/inbound/untouched',
        'ipv4/outbound/untouched',
        'ipv6/inbound/untouched',
        'ipv6/outbound/untouched',
      ],
      'whole',
    ]);
  });

  for (const backend of ['nft', 'legacy'] as const) {
    it(`proves each clause in iptables mode (${backend})`, async () => {
      for (const policy of [RICH, NARROW]) {
        await modes.iptables(policy, backend);
        const checks = await verify(policy);
        assertGreen(checks);
        assert.ok(checks.length > 25, told(checks));
        await modes.none();
      }
    });

    it(`proves what FSM’s own rules do (${backend})`, async () => {
      await modes.restore('ipv4', backend, FSM_RULES);
      assertGreen(await verify(FSM));
    });
  }

  it('proves each clause in eBPF mode, but for what that mode cannot do', async () => {
    for (const [policy, doubtful] of [
      [RICH, ['ipv4/outbound/excluded-interface/eth1', 'ipv6/outbound/excluded-interface/eth1']],
      [NARROW, []],
    ] as const) {
      await modes.ebpf(policy);
      assertGreen(await verify(policy), doubtful);
      await modes.none();
    }
  });

  /** What turns red without a line of the rules, each in turn. */
  const RULES: readonly [about: RegExp, red: readonly string[]][] = [
    [/-A PREROUTING/, ['ipv4/inbound/redirected']],
    [
      /--dports 5432|6000:6010/,
      ['ipv4/outbound/excluded-port/5432', 'ipv4/outbound/excluded-port/6000-6010'],
    ],
    [/-d 10\.1\.0\.0/, ['ipv4/outbound/excluded-range/10.1.0.0/16']],
    [/-o eth1/, ['ipv4/outbound/excluded-interface/eth1']],
    [/application to itself/, ['ipv4/outbound/to-itself']],
    [/--gid-owner 1337 .*"mesh-redirect: sidecar"/, ['ipv4/sidecar/passes/group']],
    [/--gid-owner 1337 .*own pod/, ['ipv4/sidecar/own-pod/group']],
    [/--dports 9000/, ['ipv4/inbound/excluded-port/9000']],
    [/-s 10\.9\.0\.0/, ['ipv4/inbound/excluded-source/10.9.0.0/16']],
    [/bypass/, ['ipv4/inbound/bypass-port/15010', 'ipv4/inbound/bypass-port/15901-15904']],
    [/control/, ['ipv4/inbound/control-port/22']],
    [/older connections/, []],
  ];

  for (const backend of ['nft', 'legacy'] as const)
    it(`is red for exactly what a rule decides that was taken out (${backend})`, async () => {
      await modes.iptables(RICH, backend);
      const { rulesets } = await modes.snapshot();
      const { text } =
        rulesets.find((one) => one.family === 'ipv4' && one.backend === backend) ?? assert.fail();
      for (const [about, red] of RULES) {
        const line = text.split('\n').find((one) => about.test(one)) ?? assert.fail(String(about));
        const rule = line.replace(/^\[\d+:\d+\] -A /, '');
        const chain = rule.split(' ')[0] ?? '';
        const number = text
          .split('\n')
          .filter((one) => one.includes(`-A ${chain} `))
          .indexOf(line);
        await modes.restore('ipv4', backend, `*nat\n-D ${rule}\nCOMMIT\n`);
        const checks = await verify(RICH);
        assert.deepEqual(ids(checks, 'failed'), ['whole', ...red], told(checks));
        const back = rule.replace(' ', ` ${number + 1} `);
        await modes.restore('ipv4', backend, `*nat\n-I ${back}\nCOMMIT\n`);
      }
      assertGreen(await verify(RICH));
    });

  const taken = (family: string): string[] => [
    `${family}/outbound/redirected`,
    ...['user', 'group'].map((who) => `${family}/sidecar/own-pod/${who}`),
  ];
  const everyTaken = (family: string): string[] => [...taken(family), `${family}/inbound/redirected`];
  const HOOKS: Readonly<Record<RedirectHook, readonly string[]>> = {
    connect4: taken('ipv4'),
    connect6: taken('ipv6'),
    sockops: ['ipv4', 'ipv6'].flatMap(everyTaken),
    sk_lookup: ['ipv4/inbound/redirected', 'ipv6/inbound/redirected'],
    getpeername4: ['ipv4/outbound/peer'],
    getpeername6: ['ipv6/outbound/peer'],
    getsockopt: ['ipv4', 'ipv6'].flatMap(everyTaken),
  };

  it('makes only the checks that are asked for, and is red where the mode is another than declared', async () => {
    await modes.iptables(RICH, 'nft');
    const only = ['ipv4/outbound/excluded-port/5432', 'whole'];
    assertGreen(await verify(RICH, { only }));
    assert.deepEqual((await verify(RICH, { only })).map(({ id }) => id).sort(), only);
    const connection = { agent: world.agent.client, info: world.info };
    const { workloadId } = world.playground.server;
    const listed = await listChecks({ connection, workloadId, policy: RICH });
    const made = await verify(RICH);
    assert.deepEqual(
      listed,
      made.map(({ id, title }) => ({ id, title })),
    );
    const none = await verify(RICH, { mode: 'none' });
    assert.deepEqual(ids(none, 'passed'), []);
    assert.deepEqual(ids(none, 'failed').length, none.length);
  });

  it('is not sure of what a sidecar learnt that finds nobody to pass it on to', async () => {
    const { client } = world.playground;
    const there = new Modes(world.agent, client.workloadId);
    for (const bring of [() => there.iptables(RICH, 'nft'), () => there.ebpf(RICH)]) {
      await bring();
      const checks = await verify(RICH, { workloadId: client.workloadId });
      await there.none();
      assert.deepEqual(ids(checks, 'failed'), [], told(checks));
      const doubtful = ids(checks, 'inconclusive').filter((id) => !id.includes('excluded-interface'));
      assert.ok(
        doubtful.every((id) => /inbound\/redirected|own-pod/.test(id)),
        told(checks),
      );
    }
  });

  for (const hook of REDIRECT_HOOKS)
    it(`is red for exactly what ${hook} does, without it`, async () => {
      await modes.ebpf(RICH);
      rmSync(join(await pinDirectory(world.playground.server.workloadId), hook));
      const checks = await verify(RICH);
      assert.deepEqual(ids(checks, 'failed').sort(), [...HOOKS[hook], 'whole'].sort(), told(checks));
    });
});
