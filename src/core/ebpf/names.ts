import type { Workload } from '../model';
import type { MapRow } from './table';

/** What numbers of a map stand for in one workload. */
export interface MapNames {
  /** Commands of its processes, by user. */
  users: ReadonlyMap<string, readonly string[]>;
  /** The cookie of its network namespace, decimal; null where the kernel has none. */
  netns: string | null;
}

/** Reads them from what is known of the workload. */
export function mapNames({ processes, cookie }: Pick<Workload, 'processes' | 'cookie'>): MapNames {
  const users = new Map<string, string[]>();
  for (const { uid, comm } of processes) {
    const known = users.get(String(uid)) ?? [];
    if (!known.includes(comm)) users.set(String(uid), [...known, comm]);
  }
  return { users, netns: cookie };
}

/** What a number of that column is, in words; null where it is not known. */
function nameOf(title: string, text: string, { users, netns }: MapNames): string | null {
  if (/\buid\b/.test(title)) return users.get(text)?.join(', ') ?? null;
  if (/\bnetns\b/.test(title) && text !== '0') return text === netns ? 'this workload' : 'another workload';
  return null;
}

/** A row in which users and namespaces are named beside their numbers. */
export function withNames(columns: readonly string[], row: MapRow, names: MapNames): MapRow {
  // Where a struct is shown downwards, its members' names are in the first column.
  const downwards = columns[0] === 'setting' ? row.cells[0]?.text : undefined;
  const cells = row.cells.map((cell, index) => {
    const name = nameOf(downwards ?? columns[index] ?? '', cell.text, names);
    return name === null ? cell : { ...cell, text: `${cell.text} (${name})` };
  });
  return { ...row, cells };
}
