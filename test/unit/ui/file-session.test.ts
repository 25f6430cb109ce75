import assert from 'node:assert/strict';
import type { SnapshotFile } from '../../../src/core/history';
import type { ToInspector } from '../../../src/protocol/inspector';
import { FileSession } from '../../../src/ui/inspector/file-session';

const number = { kind: 'int', name: '__u32', size: 4, signed: false } as const;
const MAP = {
  ...{ id: 9, name: 'numbers', type: 'hash', keySize: 4, valueSize: 4 },
  ...{ maxEntries: 8, memory: 4096 },
};
const FILE: SnapshotFile = {
  ...{ meshRedirectSnapshot: 1, node: 'worker', workload: 'web' },
  snapshot: {
    workload: {
      ...{ id: 'c1', inode: 1, cookie: '1', name: 'web', host: false, controlPort: null, cgroup: null },
      ...{ processes: [], processCount: 0 },
    },
    taken: 0,
    rulesets: [{ family: 'ipv4', backend: 'nft', text: '*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n' }],
    ...{
      attachments: [],
      programs: [],
      maps: [MAP],
      listeners: [],
      addresses: [],
      acceleration: null,
      writers: [],
    },
  },
  maps: [
    {
      ...{ map: MAP, keyType: number, valueType: number, next: null },
      entries: [{ key: '01000000', value: '02000000' }],
    },
  ],
};

describe('a snapshot from a file in the inspector', () => {
  it('shows what the file holds, and says that nothing of it is live', () => {
    const said: ToInspector[] = [];
    const copied: string[] = [];
    const session = new FileSession(
      FILE,
      'file:x',
      (text) => copied.push(text),
      (message) => said.push(message),
    );
    session.receive({ type: 'ready' });
    assert.deepEqual(
      said.map(({ type }) => type),
      ['header', 'connection', 'rulesets', 'programs', 'maps', 'findings'],
    );
    const header = said.find((message) => message.type === 'header')?.header;
    assert.deepEqual(
      [header?.nodeId, header?.workloadId, header?.workload, header?.verdict],
      ['file:x', 'c1', 'web', 'none'],
    );
    assert.equal(said.find((message) => message.type === 'connection')?.state, 'file');
    session.receive({ type: 'openMap', map: 9 });
    session.receive({ type: 'openMap', map: 10 });
    const page = said.at(-1);
    assert.ok(page?.type === 'mapRows');
    assert.deepEqual(
      page.rows[0]?.cells.map(({ text }) => text),
      ['1', '2'],
    );
    session.receive({ type: 'copy', text: 'a rule' });
    session.receive({ type: 'switchMode', mode: 'ebpf' });
    assert.deepEqual(copied, ['a rule']);
    session.dispose();
  });
});
