import assert from 'node:assert/strict';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import { SavedState } from '../../../src/core/redirect';
import { allHooks, nft, rulesText } from './observed';
import { attachedTo, plan, policyMaps, textOf } from './plans';

/** The lines that put a rule somewhere. */
const appended = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('-A'));

describe('the plan to roll back', () => {
  it('comes back to what it was, byte by byte, with older connections let be', () => {
    const { before } = plan({ rulesets: [nft(rulesText('ipv4'))] });
    assert.deepEqual(SavedState.parse(JSON.parse(JSON.stringify(before))), before);
    const back = plan(attachedTo(allHooks), { to: before, policyMaps: policyMaps(DEFAULT_POLICY) });
    assert.deepEqual([back.to, back.expect], ['iptables', ['iptables']]);
    const written = textOf(back.steps[4]?.call).replace(/-I (\w+) 1/g, '-A $1');
    assert.deepEqual(appended(written), appended(rulesText('ipv4')));
    const fsm = {
      chains: [{ name: 'FSM_PROXY_INBOUND', rules: ['-p tcp -j REDIRECT --to-ports 15003'] }],
      jumps: [{ chain: 'PREROUTING', position: 1, spec: '-p tcp -j FSM_PROXY_INBOUND' }],
    };
    const saved: SavedState = {
      ...before,
      rules: [{ family: 'ipv4', backend: 'nft', redirection: fsm }],
    };
    const guarded = textOf(plan({}, { to: saved }).steps[4]?.call);
    assert.match(
      guarded,
      /-A FSM_PROXY_INBOUND .*! --tcp-flags .* -j RETURN\n-A FSM_PROXY_INBOUND -p tcp -j REDIRECT/,
    );
    assert.match(guarded, /-I PREROUTING 1 -p tcp -j FSM_PROXY_INBOUND/);
  });

  it('comes back to eBPF mode with what its maps held', () => {
    const narrow = { ...DEFAULT_POLICY, sidecarGid: 1337 };
    const maps = policyMaps(narrow);
    const { before } = plan(attachedTo(allHooks), { to: 'iptables', policyMaps: maps });
    const back = plan({ rulesets: [nft(rulesText('ipv4'))] }, { to: before });
    const load = back.steps[1]?.call;
    assert.ok(load?.verb === 'bpf/load');
    assert.deepEqual(
      load.params.maps,
      maps.map(({ map, entries }) => ({ map, entries })),
    );
    assert.deepEqual(back.expect, ['ebpf']);
  });
});
