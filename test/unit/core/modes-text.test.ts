import assert from 'node:assert/strict';
import { port } from '../../../src/core/net';
import { DEFAULT_POLICY } from '../../../src/core/policy';
import { modesText } from '../../../src/core/redirect';
import { NODE_INFO } from './node-info';
import { allHooks, nft, rulesText, snapshotOf } from './observed';
import { attachedTo } from './plans';

const titles = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('# '));

describe('the two modes side by side', () => {
  const policy = { ...DEFAULT_POLICY, outboundPortExclusions: [port(5432)] };

  it('says what the policy means in each, in the same parts', () => {
    const { iptables, ebpf } = modesText(snapshotOf({}), NODE_INFO, policy);
    assert.deepEqual(titles(iptables), titles(ebpf));
    assert.match(iptables, /-A FSM_PROXY_OUTBOUND .*5432.* -j RETURN/);
    assert.match(iptables, /connect4 +-\n/);
    assert.doesNotMatch(ebpf, /^-A /m);
    assert.match(ebpf, /connect4 +attached\n/);
    assert.match(ebpf, /5432/);
  });

  it('says the same whatever redirects now', () => {
    const none = modesText(snapshotOf({}), NODE_INFO, policy);
    const byRules = modesText(snapshotOf({ rulesets: [nft(rulesText('ipv4'))] }), NODE_INFO, policy);
    const byHooks = modesText(snapshotOf(attachedTo(allHooks)), NODE_INFO, policy);
    assert.deepEqual([byRules, byHooks], [none, none]);
  });
});
