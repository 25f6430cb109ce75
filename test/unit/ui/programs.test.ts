import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attachment, ProgramMeasure, Snapshot } from '../../../src/core/model';
import type { Agent } from '../../../src/nodes/agent/agent';
import { ProgramMeter, programViews } from '../../../src/ui/inspector/programs';

const cgroup = (path: string) => ({ kind: 'cgroup' as const, path });
const attachment = (hook: string, program: number, more: Partial<Attachment> = {}): Attachment => ({
  ...{ hook, program, target: cgroup('/pod'), link: program, pin: null },
  ...more,
});

describe('programViews', () => {
  it('gives the hooks in the order of a connection, and in a hook that of the kernel', () => {
    const program = {
      name: 'p',
      type: 'x',
      tag: 't',
      translatedSize: 1,
      jitedSize: 1,
      runCount: 0,
      runTime: 0,
    };
    const views = programViews({
      attachments: [
        attachment('cgroup_inet_egress', 9),
        attachment('sk_lookup', 3, { target: { kind: 'netns' }, pin: '/sys/fs/bpf/x/sk_lookup' }),
        attachment('connect4', 1, { pin: '/sys/fs/bpf/x/connect4' }),
        attachment('connect4', 2, { target: cgroup('/'), link: null }),
      ],
      programs: [{ ...program, id: 1, maps: [5, 6] }],
      maps: [{ id: 5, name: 'settings' }],
    } as unknown as Snapshot);
    assert.deepEqual(
      views.map(({ hook, id, order, ours, target }) => `${hook} ${id} ${order} ${String(ours)} ${target}`),
      [
        'connect4 1 1 true cgroup /pod',
        'connect4 2 2 false cgroup /',
        'sk_lookup 3 1 true the network namespace',
        'cgroup_inet_egress 9 1 false cgroup /pod',
      ],
    );
    assert.deepEqual(views[0]?.maps, [
      { id: 5, name: 'settings' },
      { id: 6, name: 'map 6' },
    ]);
    assert.match(views[0].purpose ?? '', /IPv4 connections of the application/);
    assert.equal(views[1]?.purpose, null);
  });
});

describe('ProgramMeter', () => {
  it('asks the kernel to count as long as somebody looks, and to stop after', async () => {
    const asked: unknown[] = [];
    const request = (_: string, params: unknown) => {
      asked.push(params);
      return Promise.resolve({ programs: [{ id: 1, runCount: 1, runTime: 1, source: null }] });
    };
    const told: ProgramMeasure[][] = [];
    const agent = { request } as unknown as Agent;
    const meter = new ProgramMeter(
      agent,
      true,
      (programs) => told.push(programs),
      (error) => assert.fail(String(error)),
    );
    meter.want({ programs: [1], interval: 1 });
    while (told.length < 2) await sleep(1);
    meter.want(null);
    const looks = told.length;
    await sleep(5);
    assert.equal(told.length, looks);
    assert.deepEqual(asked[0], { programs: [1], measure: true });
    assert.deepEqual(asked.at(-1), { programs: [], measure: false });
    meter.dispose();
    assert.equal(asked.filter((params) => JSON.stringify(params).includes('false')).length, 1);
  });
});
