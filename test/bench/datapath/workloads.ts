import type { LoadOptions } from '../../../playground/load';

const KB = 1024;

/** What is asked of the sidecars in one row of the bench. */
export interface Workload {
  name: string;
  /** What its speed is counted in. */
  counts: 'requests' | 'connections' | 'bytes';
  load: LoadOptions;
}

function requests(connections: number, size: number): Workload {
  const bytes = size < KB ? `${size} B` : `${size / KB} KiB`;
  const name = `requests, ${connections} × ${bytes}`;
  return { name, counts: 'requests', load: { persistent: connections, size } };
}

/** Connect, one request of 64 bytes, close, and again. */
function connects(connections: number): Workload {
  const load = { lasting: connections, lifetime: 1 };
  return { name: `connections, ${connections} at once`, counts: 'connections', load };
}

function bulk(streams: number): Workload {
  const name = `bulk, ${streams} ${streams === 1 ? 'stream' : 'streams'}`;
  return { name, counts: 'bytes', load: { persistent: streams, size: 64 * KB, bulk: true } };
}

export const WORKLOADS: readonly Workload[] = [
  ...[64, 16 * KB].flatMap((size) => [1, 16, 64].map((connections) => requests(connections, size))),
  connects(1),
  connects(16),
  bulk(1),
  bulk(4),
];
