import assert from 'node:assert/strict';
import { nodeFindings, nodeReport, type NodeFacts } from '../../../src/core/node-check';
import { MissingCode, REDIRECT_HOOKS, type NodeInfo } from '../../../src/core/model';
import { NODE_INFO } from './node-info';

const info = NODE_INFO;
const facts: NodeFacts = {
  info,
  ipv6: true,
  object: {
    file: 'redirect.bpf.o',
    sha256: 'ab'.repeat(32),
    sourceHash: 'cd'.repeat(32),
    kernel: '5.17',
    hooks: [...REDIRECT_HOOKS],
    maps: 11,
    memory: 20_000,
  },
};

const finding = (of: NodeFacts, what: string) =>
  nodeFindings(of).find((one) => one.what === what) ?? assert.fail(`${what} was not looked at`);

describe('the check of a node', () => {
  it('finds all well where nothing is missing', () => {
    assert.deepEqual(
      nodeFindings(facts).filter(({ status }) => status !== 'ok'),
      [],
    );
    assert.match(finding(facts, 'iptables').found, /1\.8\.9 \(nft, the default\); 1\.8\.9 \(legacy\)/);
    assert.match(nodeReport('edge', facts), /eBPF mode\*\* is possible/);
  });

  it('notes what may stand in the way although nothing is missing', () => {
    const conditions = { lockdown: 'confidentiality', memlock: 65_536, xtablesLocked: true };
    const old = { ...facts, info: { ...info, kernel: '5.10.0-8-amd64', conditions } };
    for (const what of ['xtables lock', 'Lockdown', 'Locked memory']) {
      const { status, remedy } = finding(old, what);
      assert.deepEqual([status, remedy !== null], ['note', true], what);
    }
    assert.match(finding(old, 'Locked memory').found, /64 KiB/);
    const current = finding({ ...facts, info: { ...info, conditions } }, 'Locked memory');
    assert.equal(current.status, 'ok');
  });

  it('has a row with a remedy for each thing that can be missing', () => {
    for (const code of MissingCode.options) {
      const lacking: NodeInfo = {
        ...info,
        hooks: code === 'hook' ? [{ hook: 'sockops', supported: false, reason: 'denied' }] : info.hooks,
        missing: [{ code, detail: 'the detail' }],
      };
      const rows = nodeFindings({ ...facts, info: lacking }).filter(({ status }) => status !== 'ok');
      assert.equal(rows.length, 1, code);
      assert.ok(rows[0]?.remedy, code);
      assert.match(rows[0].found, /the detail|denied/);
    }
  });

  it('says which mode is not possible, and for want of what', () => {
    const missing: NodeInfo['missing'] = [{ code: 'btf', detail: '' }];
    const report = nodeReport('edge', { ...facts, info: { ...info, missing } });
    assert.match(report, /iptables mode\*\* is possible/);
    assert.match(report, /eBPF mode\*\* is not possible\. It needs: BTF\./);
  });

  it('does without an object that is not the manifest’s, and says so', () => {
    const wrong = { ...facts, object: { wrong: 'It is another.', remedy: 'Install it again.' } };
    assert.deepEqual(finding(wrong, 'BPF object'), {
      what: 'BPF object',
      status: 'missing',
      found: 'It is another.',
      remedy: 'Install it again.',
    });
    assert.match(nodeReport('edge', wrong), /eBPF mode\*\* is not possible\. It needs: BPF object/);
  });

  it('notes an old kernel and the absence of IPv6', () => {
    assert.equal(finding({ ...facts, info: { ...info, kernel: '5.4.0' } }, 'Kernel').status, 'note');
    assert.equal(finding({ ...facts, info: { ...info, kernel: '5.17.1' } }, 'Kernel').status, 'ok');
    assert.equal(finding({ ...facts, ipv6: false }, 'IPv6').status, 'note');
  });

  it('lets nothing of a node become Markdown', () => {
    const kernel = '6.1 | ![x](http://a/b) <script>`';
    const report = nodeReport('a|b\n# c', { ...facts, info: { ...info, kernel } });
    assert.doesNotMatch(report, /!\[|<script|`|a\|b|^# c/m);
    const row = report.split('\n').find((line) => line.includes('Kernel')) ?? '';
    assert.equal(row.split('|').length, 5);
  });

  it('has a column for remedies only where there is one', () => {
    assert.doesNotMatch(nodeReport('edge', facts), /What to do/);
    const missing: NodeInfo['missing'] = [{ code: 'bpffs', detail: '' }];
    const report = nodeReport('edge', { ...facts, info: { ...info, missing } });
    assert.match(report, /\| What to do \|/);
    assert.match(report, /bpffs\*\* \| ✗ missing \|.*Mount it/);
  });
});
