import { readFile } from 'node:fs/promises';
import { TestAgent } from '../kernel/agent/harness';
import { median, timed, type Row } from './measure';
import { run } from '../kernel/redirect/netns';

const ENTRIES = 1_000_000;
const MB = 1024 * 1024;
/** What the inspector asks for at a time. */
const PAGE = 200;

const key = (number: number): string => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes.toString('hex');
};

async function fill(agent: TestAgent, map: number): Promise<void> {
  const each = 50_000;
  for (let at = 0; at < ENTRIES; at += each) {
    const set = Array.from({ length: each }, (_, index) => ({
      key: key(at + index),
      value: '01'.padEnd(16, '0'),
    }));
    await agent.client.request('maps/update', { map, set, delete: [] });
  }
}

/** Bytes of memory that a process has had at the most. */
async function peak(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024;
}

/** A map with a million entries: how soon its first page is there, and how much memory the agent needs for it. */
export async function largeMap(): Promise<Row[]> {
  const pin = `/sys/fs/bpf/bench-inspector-${process.pid}`;
  await run('bpftool', [
    'map',
    'create',
    pin,
    ...`type hash key 4 value 8 entries ${ENTRIES} name bench`.split(' '),
  ]);
  try {
    const { id } = JSON.parse(await run('bpftool', ['-j', 'map', 'show', 'pinned', pin])) as { id: number };
    const filler = new TestAgent();
    await fill(filler, id);
    await filler.stop();
    const agent = new TestAgent();
    await agent.client.request('initialize', { protocol: 1, client: 'bench' });
    const times: number[] = [];
    for (let round = 0; round < 7; round++) {
      times.push(
        await timed(() => agent.client.request('maps/dump', { map: id, cursor: null, limit: PAGE })),
      );
    }
    const memory = await peak(agent.pid);
    await agent.stop();
    return [
      { what: `first page of a map of ${ENTRIES}`, value: median(times), unit: 'ms', limit: 300 },
      { what: 'memory of the agent, at the most', value: memory, unit: 'bytes', limit: 32 * MB },
    ];
  } finally {
    await run('rm', ['-f', pin]);
  }
}
