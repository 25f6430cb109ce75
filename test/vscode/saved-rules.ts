import type { Pod } from '../../playground/pod';

/** The rules of both families, without what changes by itself. */
export async function rulesOf(pod: Pod): Promise<string> {
  const saved = await Promise.all(['iptables-save', 'ip6tables-save'].map((save) => pod.run([save])));
  return withoutCounters(saved.map(({ stdout }) => stdout).join('\n'));
}

/** Without what changes by itself: comments, which hold the time, and counters. */
export const withoutCounters = (saved: string): string =>
  saved.replaceAll(/^#.*\n/gm, '').replaceAll(/\[\d+:\d+\]/g, '[0:0]');
