import assert from 'node:assert/strict';
import type { MapEntry } from '../../../src/core/model';
import type { Agent } from '../../../src/nodes/agent/agent';
import type { WatchChanged } from '../../../src/nodes/agent/protocol';
import { HookEvents } from '../../../src/ui/inspector/hook-events';
import { allHooks, snapshotOf } from '../core/observed';
import { attachedTo } from '../core/plans';

const ORIGINS = 78;
const QUERY = {
  ...{ direction: 'outbound' as const, uid: 1000, source: '', destination: '10.0.0.9', port: 80 },
  interface: '',
};

const entry = (cookie: number, local: string): MapEntry => ({
  key: cookie.toString(16).padStart(16, '0'),
  value: '',
  socket: { cookie: String(cookie), local, remote: '10.0.0.9:80', state: 'ESTABLISHED' },
});

describe('what hooks do while a connection is watched', () => {
  it('has the maps followed, and tells of sockets that were not there before', async () => {
    let events: HookEvents | undefined;
    let changed: (change: WatchChanged) => void = () => undefined;
    const asked: { verb: string; params: unknown }[] = [];
    const page = {
      map: {
        id: ORIGINS,
        name: 'origins',
        type: 'sk_storage',
        keySize: 4,
        valueSize: 11,
        maxEntries: 0,
        memory: 0,
      },
      ...{ keyType: null, valueType: null, next: null, entries: [entry(1, '10.0.0.5:1')] },
    };
    const watching = new Promise<void>((resolve) => {
      const agent: Agent = {
        request: (verb, params) => {
          asked.push({ verb, params });
          if (verb === 'watch/visible') resolve();
          return Promise.resolve(verb === 'maps/dump' ? page : {}) as never;
        },
        on: (_name, listener) => {
          changed = listener as typeof changed;
          return () => undefined;
        },
        closed: Promise.resolve(''),
        lost: false,
        dispose: () => undefined,
      };
      events = new HookEvents(
        agent,
        'c5',
        snapshotOf(attachedTo(allHooks)),
        QUERY,
        () => undefined,
        (error) => {
          assert.fail(String(error));
        },
      );
    });
    await watching;
    const { watch } = asked.find(({ verb }) => verb === 'watch/start')?.params as { watch: string };
    const seen = asked.find(({ verb }) => verb === 'watch/visible')?.params as { maps: { map: number }[] };
    assert.deepEqual(
      seen.maps.map(({ map }) => map),
      [ORIGINS],
    );
    changed({
      watch,
      maps: [{ map: ORIGINS, set: [entry(1, '10.0.0.5:1'), entry(2, '10.0.0.5:2')], delete: [] }],
    });
    assert.deepEqual(events?.lines(), ['kept 10.0.0.9 port 80 for the socket 10.0.0.5:2 → 10.0.0.9:80']);
    events.dispose();
  });
});
