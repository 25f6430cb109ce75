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
  both: { icon: 'layers', color: 'charts.purple', text: 'both' },
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

/** A verdict in words, in parts: `partial`, `sk_lookup is not attached`, and `declared eBPF`. */
export interface VerdictWords {
  label: string;
  /** What is missing, or whose it is. */
  detail: string | null;
  /** What differs from the declared mode, what nobody can tell, and what still goes on. */
  notes: string[];
}

/** The words that tree, status bar and inspector share. */
export function verdictWords(verdict: Verdict, declared: Mode | null): VerdictWords {
  return {
    label: LOOKS[verdict.kind].text,
    detail: detailOf(verdict),
    notes: [
      ...(declared !== null && declared !== verdict.kind ? [`declared ${MODES[declared]}`] : []),
      ...(verdict.uncertain.length > 0 ? ['order of rules unknown'] : []),
      ...(verdict.accelerated ? ['accelerated'] : []),
      ...(verdict.draining ? ['draining'] : []),
    ],
  };
}

/** The same in one line: `eBPF (draining)`, `partial: sk_lookup is not attached`, `foreign: Istio`. */
export function verdictText(verdict: Verdict, declared: Mode | null): string {
  const { label, detail, notes } = verdictWords(verdict, declared);
  return `${label}${detail === null ? '' : `: ${detail}`}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`;
}

function detailOf({ kind, missing, foreign }: Verdict): string | null {
  if (kind === 'both') return 'rules and hooks redirect';
  if (kind === 'foreign') return foreign;
  if (kind !== 'partial') return null;
  const [first = '', ...rest] = missing;
  return first.replace(/\.$/, '') + (rest.length > 0 ? ` and ${rest.length} more` : '');
}

/** Everything that was observed, a line each, the most pressing first. */
export function verdictLines({ missing, uncertain, differences, evidence }: Verdict): string[] {
  return [...missing, ...uncertain, ...differences, ...evidence];
}
