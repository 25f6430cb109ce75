import { markdownTable, plain } from '../markdown';
import { nodeFindings, type FindingStatus, type NodeFacts } from './findings';
import { MISSING } from './missing';
import { MODE_NEEDS } from './needs';

const STATUS: Readonly<Record<FindingStatus, string>> = {
  ok: '✓ ok',
  note: '! note',
  missing: '✗ missing',
};

function modeLine(name: string, mode: 'iptables' | 'ebpf', { info, object }: NodeFacts): string {
  const lacks = MODE_NEEDS[mode].filter((code) => info.missing.some((missing) => missing.code === code));
  const titles = lacks.map((code) => MISSING[code].title);
  const all = mode === 'ebpf' && 'wrong' in object ? [...titles, 'BPF object'] : titles;
  return all.length === 0
    ? `- **${name}** is possible.`
    : `- **${name}** is not possible. It needs: ${all.join(', ')}.`;
}

/** The check of a node as Markdown: which modes are possible, and a table of all that was looked at. */
export function nodeReport(label: string, facts: NodeFacts): string {
  const findings = nodeFindings(facts);
  const columns = ['What', 'Status', 'Found'];
  // An empty column would only take the width from the others.
  const hasRemedies = findings.some(({ remedy }) => remedy !== null);
  if (hasRemedies) columns.push('What to do');
  const rows = findings.map(({ what, status, found, remedy }) => {
    const cells = [`**${plain(what)}**`, STATUS[status], plain(found)];
    return hasRemedies ? [...cells, plain(remedy ?? '')] : cells;
  });
  return [
    `# Check of ${plain(label)}`,
    '',
    modeLine('iptables mode', 'iptables', facts),
    modeLine('eBPF mode', 'ebpf', facts),
    '',
    ...markdownTable(columns, rows),
    '',
  ].join('\n');
}
