import type { Snapshot } from '../../core/model';

/** The id of the map of that name of our programs that are attached; null where there is none. */
export function ownMap({ attachments, programs, maps }: Snapshot, name: string): number | null {
  const ours = new Set(attachments.filter(({ pin }) => pin !== null).map(({ program }) => program));
  const theirs = new Set(programs.filter(({ id }) => ours.has(id)).flatMap((program) => program.maps));
  return maps.find((map) => map.name === name && theirs.has(map.id))?.id ?? null;
}
