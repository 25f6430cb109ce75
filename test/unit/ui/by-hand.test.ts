import assert from 'node:assert/strict';
import { byHand, type ByHand } from '../../../src/ui/switching/by-hand';

const tool = { family: 'ipv4', backend: 'nft', version: '1.8.9', isDefault: true } as const;
const there: ByHand = {
  node: { iptables: [tool], bpffs: '/sys/fs/bpf' },
  enter: ['nsenter', '--net=/run/netns/web 1'],
};
const rules = { workload: 'c1', text: '*nat\nCOMMIT\n', waitSeconds: 10 };

describe('what a step of a plan is by hand', () => {
  it('is iptables-restore in the workload’s network, with the rules as its input', () => {
    const params = { ...rules, family: 'ipv4', backend: 'nft' } as const;
    assert.equal(
      byHand({ verb: 'iptables/restore', params }, there),
      "nsenter '--net=/run/netns/web 1' iptables-restore --noflush <<'MESH_REDIRECT'\n*nat\nCOMMIT\nMESH_REDIRECT",
    );
    const other = { ...rules, family: 'ipv6', backend: 'legacy' } as const;
    assert.match(
      byHand({ verb: 'iptables/restore', params: other }, { ...there, enter: [] }) ?? '',
      /^ip6tables-legacy-restore --noflush -w 10 <</,
    );
    assert.equal(byHand({ verb: 'iptables/restore', params }, { ...there, enter: null }), null);
  });

  it('is a look at the rules, where they are verified', () => {
    const expected = { family: 'ipv4', backend: 'nft', has: [], lacks: [] } as const;
    const params = {
      workload: 'c1',
      rules: [{ ...expected, has: [], lacks: [] }],
      hooks: { attached: [], detached: [] },
    };
    assert.equal(
      byHand({ verb: 'workload/verify', params }, there),
      "nsenter '--net=/run/netns/web 1' iptables-save -t nat",
    );
    assert.equal(byHand({ verb: 'workload/verify', params: { ...params, rules: [] } }, there), null);
  });

  it('is the removal of pins, where hooks are detached, and bpftool, where maps are changed', () => {
    const detach = { workload: 'c1', hooks: ['connect4', 'sk_lookup'] };
    assert.equal(
      byHand({ verb: 'bpf/detach', params: detach }, there),
      'rm /sys/fs/bpf/mesh-redirect/c1/connect4 /sys/fs/bpf/mesh-redirect/c1/sk_lookup',
    );
    const update = { map: 7, set: [{ key: '0050', value: '01' }], delete: ['01bb'] };
    assert.equal(
      byHand({ verb: 'maps/update', params: update }, there),
      'bpftool map update id 7 key hex 00 50 value hex 01\nbpftool map delete id 7 key hex 01 bb',
    );
  });

  it('is nothing, where the agent does it through libbpf or netlink', () => {
    assert.equal(byHand({ verb: 'conntrack/forget', params: { workload: 'c1' } }, there), null);
    const attach = { workload: 'c1', load: { ref: 'load' } as const, programs: ['connect4'] };
    assert.equal(byHand({ verb: 'bpf/attach', params: attach }, there), null);
  });
});
