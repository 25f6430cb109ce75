import assert from 'node:assert/strict';
import { allHooks, listener, nft, rulesText, snapshotOf } from './observed';
import { attachedTo, plan } from './plans';

describe('what a plan says before it is carried out', () => {
  it('says what becomes of each open connection', () => {
    const connection = (local: [string, number], remote: [string, number], uid = 0) => ({
      ...{ family: 'ipv4' as const, localAddress: local[0], localPort: local[1] },
      ...{ remoteAddress: remote[0], remotePort: remote[1], uid },
    });
    const connections = [
      connection(['10.0.0.5', 40001], ['10.0.0.9', 80]),
      connection(['10.0.0.5', 15001], ['10.0.0.5', 40001], 1500),
      connection(['10.0.0.5', 15003], ['10.0.0.7', 50001], 1500),
      connection(['10.0.0.5', 40002], ['10.0.0.9', 5432]),
      connection(['127.0.0.1', 15000], ['127.0.0.1', 40003], 1500),
    ];
    const fates = plan({ rulesets: [nft(rulesText('ipv4'))] }, { connections }).connections;
    assert.deepEqual(
      fates.map(({ ends, through, keeps }) => [ends, through, keeps]),
      [
        ['10.0.0.5:40001 - 10.0.0.9:80', 'rules', true],
        ['10.0.0.5:15003 - 10.0.0.7:50001', 'rules', true],
        ['10.0.0.5:40002 - 10.0.0.9:5432', 'nothing', true],
      ],
    );
    assert.match(fates[0]?.why ?? '', /until it closes/);
    const byHooks = [
      connection(['127.0.0.1', 40001], ['127.0.0.1', 15001]),
      connection(['127.0.0.1', 15001], ['127.0.0.1', 40001], 1500),
      connection(['10.0.0.5', 8080], ['10.0.0.7', 50001], 1500),
    ];
    const lacking = allHooks.filter(({ hook }) => hook !== 'getsockopt');
    for (const [attachments, keeps] of [
      [allHooks, true],
      [lacking, false],
    ] as const) {
      const listeners = [...snapshotOf({}).listeners, listener('ipv4', 8080, 0)];
      const present = { ...attachedTo(attachments), listeners };
      const { connections: seen } = plan(present, { to: 'iptables', connections: byHooks });
      assert.deepEqual(
        seen.map(({ ends, through, keeps: kept }) => [ends, through, kept]),
        [
          ['127.0.0.1:40001 - 127.0.0.1:15001', 'hooks', keeps],
          ['10.0.0.5:8080 - 10.0.0.7:50001', 'hooks', keeps],
        ],
      );
    }
  });

  it('shows before and after as two texts', () => {
    const docker = '*nat\n:PREROUTING ACCEPT [1:2]\n:DOCKER - [0:0]\n-A PREROUTING -j DOCKER\nCOMMIT\n';
    const { preview } = plan({ rulesets: [nft(docker)] }, { to: 'iptables' });
    assert.match(
      preview.before,
      /IPv4 rules in nft, table nat\n:PREROUTING ACCEPT\n:DOCKER -\n-A PREROUTING -j DOCKER\n/,
    );
    assert.match(preview.after, /-A PREROUTING -j DOCKER\n-A PREROUTING -p tcp .* -j FSM_PROXY_INBOUND\n/);
    const ebpf = plan({ rulesets: [nft(rulesText('ipv4'))] }).preview;
    assert.match(ebpf.before, /connect4 +-\n/);
    assert.match(ebpf.after, /connect4 +attached\n/);
    assert.match(ebpf.after, /:FSM_PROXY_HOLD -\n/);
    assert.doesNotMatch(ebpf.after, /FSM_PROXY_IN/);
    assert.match(ebpf.after, /settings: sidecar of user 1500, inbound port 15003/);
    assert.match(ebpf.after, /port_sets, inbound passed: 22, 15010, 15901-15904/);
  });
});
