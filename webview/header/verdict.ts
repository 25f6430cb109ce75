import type { Header } from '../../src/protocol/inspector';

interface Look {
  icon: string;
  label: string;
  /** What it says, for the tooltip. */
  meaning: string;
}

/** How each verdict looks. Never by colour alone: icon and words say the same. */
export const VERDICTS: Record<Header['verdict'], Look> = {
  none: { icon: 'circle-outline', label: 'none', meaning: 'Nothing redirects this workload.' },
  iptables: { icon: 'list-tree', label: 'iptables', meaning: 'iptables rules redirect this workload.' },
  ebpf: { icon: 'zap', label: 'eBPF', meaning: 'eBPF programs redirect this workload.' },
  both: {
    icon: 'layers',
    label: 'both',
    meaning: 'iptables rules and eBPF programs redirect this workload.',
  },
  partial: { icon: 'warning', label: 'partial', meaning: 'Parts of the redirection are missing.' },
  foreign: { icon: 'question', label: 'foreign', meaning: 'Something else redirects this workload.' },
};

/** The modes, as a person reads them. */
export const MODES: Record<Header['mode'], string> = { none: 'None', iptables: 'iptables', ebpf: 'eBPF' };
