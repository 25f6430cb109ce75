import assert from 'node:assert/strict';
import { accelerationLines, accelerationRefusals } from '../../../src/core/acceleration';
import { ACCELERATION, snapshotOf } from './observed';

describe('acceleration', () => {
  const codes = (kernel: string, kind: 'ebpf' | 'iptables', host = false): string[] => {
    const { workload } = snapshotOf({});
    const refusals = accelerationRefusals({ workload: { ...workload, host } }, { kernel }, kind);
    return refusals.map(({ code }) => code);
  };

  it('is for pods in eBPF mode, on kernels that count what waits', () => {
    assert.deepEqual(codes('6.13.0', 'ebpf'), []);
    assert.deepEqual(codes('6.18.44-amd64', 'ebpf'), []);
    assert.deepEqual(codes('6.12.9', 'ebpf'), ['node']);
    assert.deepEqual(codes('6.18.0', 'iptables'), ['mode']);
    assert.deepEqual(codes('5.17.0', 'iptables', true), ['host', 'node', 'mode']);
  });

  it('says what it has done, and why the rest took TCP', () => {
    assert.deepEqual(accelerationLines(ACCELERATION), [
      'Accelerated: 0 messages (0 bytes) of 0 sockets that joined skipped TCP, 0 % of what they sent.',
    ]);
    const lines = accelerationLines({
      ...ACCELERATION,
      ...{ sockets: 2, messages: 90, bytes: 1536, notRead: 4, full: 3, notSuitable: 2, gone: 1 },
    });
    assert.match(lines[0] ?? '', /90 messages \(1.5 KiB\) of 2 sockets .*, 90 %/);
    assert.equal(lines.length, 5);
    assert.match(lines.join(), /1 message took TCP because the other end had not joined/);
  });
});
