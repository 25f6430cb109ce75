import type { Mode, Verdict } from '../redirect';
import type { Check } from './check';

/** The id of the check that makes no connection. */
export const WHOLE = 'whole';

const TITLES: Readonly<Record<Mode, string>> = {
  none: 'Nothing of a redirection is there',
  iptables: 'Every rule of iptables mode is there',
  ebpf: 'Every hook of eBPF mode is attached',
};

/**
 * That the mode is there as it was written: also what no new connection can show, such as the rules that let older
 * connections be. The other mode may be there beside it, during a switch.
 */
export function wholeCheck({ kind, missing, foreign, evidence }: Verdict, mode: Mode): Check {
  const id = WHOLE;
  const title = TITLES[mode];
  if (missing.length > 0) return { id, title, outcome: 'failed', message: missing.join(' ') };
  const there =
    kind === mode || (kind === 'both' && mode !== 'none') || (mode === 'none' && kind === 'foreign');
  if (there && (mode !== 'none' || foreign === null)) {
    return { id, title, outcome: 'passed', message: evidence.join(' ') || 'Nothing was found.' };
  }
  if (foreign !== null) {
    return { id, title, outcome: 'inconclusive', message: `Someone else redirects: ${foreign}.` };
  }
  return {
    id,
    title,
    outcome: 'failed',
    message: `What redirects is: ${kind}. ${evidence.join(' ')}`.trim(),
  };
}
