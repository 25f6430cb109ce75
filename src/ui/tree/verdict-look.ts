import type { Mode, Verdict, VerdictKind } from '../../core/redirect';

/** How a verdict looks everywhere: a codicon, a theme colour (null: the text's own) and words. */
export interface Look {
  icon: string;
  color: string | null;
  text: string;
}

const LOOKS: Readonly<Record<VerdictKind, Look>> = {
  none: { icon: 'circle-outline', color: 'descriptionForeground', text: 'none' },
  iptables: { icon: 'list-tree', color: 'charts.blue', text: 'iptables' },
  ebpf: { icon: 'zap', color: 'charts.green', text: 'eBPF' },
  both: { icon: 'layers', color: 'charts.purple', text: 'iptables and eBPF' },
  partial: { icon: 'warning', color: 'list.warningForeground', text: 'partial' },
  foreign: { icon: 'question', color: 'charts.orange', text: 'foreign' },
};

const MODES: Readonly<Record<Mode, string>> = { none: 'none', iptables: 'iptables', ebpf: 'eBPF' };

/** A mode as it is written for people. */
export function modeName(mode: Mode): string {
  return MODES[mode];
}

export function verdictLook(kind: VerdictKind): Look {
  return LOOKS[kind];
}

/**
 * The verdict in a few words: `eBPF`, `partial: sk_lookup is not attached`, `foreign: Istio`, and what differs from the
 * declared mode.
 */
export function verdictText(verdict: Verdict, declared: Mode | null): string {
  const notes = [
    ...(declared !== null && declared !== verdict.kind ? [`declared ${MODES[declared]}`] : []),
    ...(verdict.draining ? ['draining'] : []),
  ];
  const detail = detailOf(verdict);
  return [LOOKS[verdict.kind].text, detail && `: ${detail}`, notes.length > 0 && ` (${notes.join(', ')})`]
    .filter(Boolean)
    .join('');
}

function detailOf({ kind, missing, foreign }: Verdict): string | null {
  if (kind === 'foreign') return foreign;
  if (kind !== 'partial') return null;
  const [first = '', ...rest] = missing;
  return first.replace(/\.$/, '') + (rest.length > 0 ? ` and ${rest.length} more` : '');
}

/** Everything that was observed, a line each, the most pressing first. */
export function verdictLines({ missing, differences, evidence }: Verdict): string[] {
  return [...missing, ...differences, ...evidence];
}
