import type { Finding } from '../core/residue';
import type { RemovedResidue } from '../redirect';

/** Those whose rules we know as our own: all others are somebody else's. */
const OURS = ['Mesh Redirect', 'FSM'];

export const isOthers = ({ whose }: Finding): boolean => !OURS.includes(whose);

/** What became of all that was to be removed, in a sentence or two. */
export function removedText(node: string, removed: readonly RemovedResidue[], chosen: number): string {
  const done = removed.filter(({ outcome }) => outcome === 'removed').length;
  const left = removed.filter(({ outcome }) => outcome === 'changed' || outcome === 'failed');
  const gone = removed.length - done - left.length;
  const untouched = chosen - removed.length;
  return [
    `${done} of ${chosen} ${chosen === 1 ? 'finding' : 'findings'} removed from ${node}.`,
    ...(gone === 0 ? [] : [`${gone} ${were(gone)} gone by then.`]),
    ...(untouched === 0 ? [] : [`${untouched} ${were(untouched)} left when you cancelled.`]),
    ...left.map(({ finding, message }) => `Left: ${finding.title}. ${message ?? ''}`.trim()),
  ].join(' ');
}

/** What a finding is, in one line of a list: the first of its details, and how many there are. */
export function detailLine({ details }: Finding): string {
  const [first = '', ...rest] = details;
  return rest.length === 0 ? first : `${first}  (and ${rest.length} more)`;
}

const were = (count: number): string => (count === 1 ? 'was' : 'were');
