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
 * The verdict in a few words: `eBPF`, `partial: sk_lookup missing`, `foreign: Istio`, and what differs from the
 * declared mode.
 */
export function verdictText(verdict: Verdict, declared: Mode | null): string {
  const { text } = LOOKS[verdict.kind];
  const detail =
    verdict.kind === 'partial' && verdict.missing.length > 0
      ? `: ${verdict.missing.join(', ')} missing`
      : verdict.kind === 'foreign' && verdict.foreign
        ? `: ${verdict.foreign}`
        : '';
  const differs = declared !== null && declared !== verdict.kind ? ` (declared ${MODES[declared]})` : '';
  return text + detail + differs;
}
