import type { Family, Listener } from '../model';
import type { Finding } from './finding';
import { placeOf, type ReadRule, type ReadTable } from './read-table';

/** True if a socket of this family's connections could take it. */
function serves({ family, v6only }: Listener, wanted: Family): boolean {
  return family === wanted || (wanted === 'ipv4' && family === 'ipv6' && !v6only);
}

/** The port of this namespace that a rule sends TCP connections to; null if it sends none, or to several. */
function localPort(rule: ReadRule, table: ReadTable): number | null {
  const option = { REDIRECT: '--to-ports', TPROXY: '--on-port' }[rule.target ?? ''];
  if (option === undefined) return null;
  const { conditions, targetOptions } = table.parts(rule);
  const isTcp = conditions.constraints.some(
    ({ of, constraint }) =>
      of === '-p' && constraint.kind === 'words' && !constraint.not && constraint.words.has('tcp'),
  );
  const value = targetOptions.find(({ name }) => name === option)?.values[0] ?? '';
  return isTcp && /^\d{1,5}$/.test(value) ? Number(value) : null;
}

/** The rules that packets come to and that lead to a port where nobody listens. */
export function listenerFindings(
  table: ReadTable,
  family: Family,
  listeners: readonly Listener[],
  isReached: (rule: ReadRule) => boolean,
): Finding[] {
  const ports = new Set(listeners.filter((one) => serves(one, family)).map(({ port }) => port));
  const others = new Set(listeners.map(({ port }) => port));
  return table.rules().flatMap((rule): Finding[] => {
    const port = localPort(rule, table);
    if (port === null || ports.has(port) || !isReached(rule)) return [];
    const words = family === 'ipv4' ? 'IPv4' : 'IPv6';
    return [
      {
        kind: 'no-listener',
        certain: true,
        place: placeOf(rule),
        message: `Nobody listens on port ${port}.`,
        reason: others.has(port)
          ? `A socket listens there, but not for ${words}: connections that this rule takes are refused.`
          : 'Connections that this rule takes are refused.',
        cause: null,
      },
    ];
  });
}
