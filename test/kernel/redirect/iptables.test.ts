import assert from 'node:assert/strict';
import {
  HOLD,
  diffRulesets,
  parseRuleset,
  redirectionIn,
  removeText,
  renderPolicy,
  renderRuleset,
  restoreText,
  sameRedirection,
  transitionText,
} from '../../../src/core/iptables';
import type { Backend, Family } from '../../../src/core/model';
import { DEFAULT_POLICY, parsePolicy, type Policy } from '../../../src/core/policy';
import { Namespace } from './netns';

const facts = { podAddress: '10.0.0.5' };
const everything =
  parsePolicy({
    podIpMode: true,
    sidecarGid: 1337,
    interfaceExclusions: ['eth1', 'tun+'],
    inboundPortExclusions: Array.from({ length: 40 }, (_, index) => 1001 + index * 2),
    outboundPortExclusions: ['3000-3010', 5432],
    outboundIpRangeExclusions: ['10.1.0.0/16', 'fd00:1::/64', '11.0.0.0/8'],
    outboundIpRangeInclusions: ['10.0.0.0/8', 'fd00::/8', '192.0.2.1'],
    inboundPortInclusions: ['8000-9000', 80],
    inboundSourceExclusions: ['10.9.0.0/16', 'fd00:9::/32'],
  }).policy ?? assert.fail();

const fsm = `*nat
:FSM_PROXY_INBOUND - [0:0]
:FSM_PROXY_IN_REDIRECT - [0:0]
:FSM_PROXY_OUTBOUND - [0:0]
:FSM_PROXY_OUT_REDIRECT - [0:0]
-A FSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003
-A PREROUTING -p tcp -j FSM_PROXY_INBOUND
-A FSM_PROXY_INBOUND -p tcp --dport 15010 -j RETURN
-A FSM_PROXY_INBOUND -p tcp -j FSM_PROXY_IN_REDIRECT
-A FSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001
-A FSM_PROXY_OUT_REDIRECT -p tcp --dport 15000 -j ACCEPT
-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND
-A FSM_PROXY_OUTBOUND -m owner --uid-owner 1500 -j RETURN
-A FSM_PROXY_OUTBOUND -j FSM_PROXY_OUT_REDIRECT
COMMIT
`;
const others = `*nat
:OTHERS - [0:0]
-A OTHERS -p udp -j RETURN
-A PREROUTING -p udp -m comment --comment "not \\"ours\\"" -j OTHERS
-A OUTPUT -p udp -j OTHERS
COMMIT
`;

for (const family of ['ipv4', 'ipv6'] as const) {
  for (const backend of ['nft', 'legacy'] as const)
    describe(`${family} rules in ${backend}`, function () {
      this.timeout(60_000);
      suite(family, backend);
    });
}

function suite(family: Family, backend: Backend): void {
  let namespace: Namespace;
  const found = async () => parseRuleset(await namespace.save(family, backend));
  const bring = async (text: string | null) => {
    assert.ok(text !== null);
    await namespace.restore(family, backend, text);
  };
  const assertWanted = async (policy: Policy) => {
    assert.deepEqual(
      withoutPositions(redirectionIn(await found())),
      withoutPositions(renderPolicy(policy, family, facts)),
    );
  };

  beforeEach(async () => {
    namespace = await Namespace.make('rules');
    await namespace.restore(family, backend, others);
  });
  afterEach(() => namespace.remove());

  for (const [name, policy] of Object.entries({ default: DEFAULT_POLICY, everything })) {
    it(`come back from the kernel as they were written (${name})`, async () => {
      const text = await namespace.save(family, backend);
      assert.equal(renderRuleset(parseRuleset(text)), text);
      await bring(restoreText(await found(), policy, family, facts));
      await assertWanted(policy);
      assert.equal(restoreText(await found(), policy, family, facts), null);
    });
  }

  it('replace FSM’s own, applied twice, and each other', async () => {
    await bring(fsm);
    await bring(fsm);
    for (const policy of [DEFAULT_POLICY, everything, DEFAULT_POLICY]) {
      await bring(restoreText(await found(), policy, family, facts));
      await assertWanted(policy);
    }
  });

  it('go without a trace, FSM’s doubled jumps too', async () => {
    const before = await found();
    await bring(fsm);
    await bring(fsm);
    await bring(removeText(await found()));
    assert.deepEqual(diffRulesets(before, await found()), []);
    await bring(restoreText(await found(), everything, family, facts));
    await bring(removeText(await found()));
    assert.deepEqual(diffRulesets(before, await found()), []);
  });

  it('are undone to what was there before, in its places', async () => {
    await bring(fsm);
    await namespace.restore(family, backend, '*nat\n-A OUTPUT -p sctp -j OTHERS\nCOMMIT\n');
    const before = await found();
    const was = redirectionIn(before);
    await bring(restoreText(before, everything, family, facts));
    assert.notDeepEqual(diffRulesets(before, await found()), []);
    await bring(transitionText(redirectionIn(await found()), was));
    assert.deepEqual(diffRulesets(before, await found()), []);
  });

  it('leave a hold behind that goes too', async () => {
    await bring(restoreText(await found(), DEFAULT_POLICY, family, facts));
    await bring(transitionText(redirectionIn(await found()), HOLD));
    assert.ok(sameRedirection(redirectionIn(await found()), HOLD));
    await bring(removeText(await found()));
    assert.deepEqual(redirectionIn(await found()), { chains: [], jumps: [] });
  });

  it('are not changed at all where the table changed meanwhile', async () => {
    await bring(fsm);
    const text = removeText(await found());
    await namespace.restore(family, backend, '*nat\n-D OUTPUT -p tcp -j FSM_PROXY_OUTBOUND\nCOMMIT\n');
    const before = await found();
    await assert.rejects(bring(text));
    assert.deepEqual(diffRulesets(before, await found()), []);
  });
}

function withoutPositions({ chains, jumps }: ReturnType<typeof redirectionIn>) {
  const byName = [...chains].sort((a, b) => (a.name < b.name ? -1 : 1));
  const specs = jumps.map(({ chain, spec }) => `${chain} ${spec}`).sort();
  return { chains: byName, jumps: specs };
}
