import type { Backend, Family } from '../model';
import type { Finding, Removal } from './finding';

const tool = ({ family, backend }: { family: Family; backend: Backend }): string =>
  `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${backend}-restore --noflush`;

/** What is done, as one would do it by hand inside the workload. */
function stepsOf({ verb, params }: Removal): string[] {
  switch (verb) {
    case 'iptables/restore':
      return [`${tool(params)} <<'END'`, ...params.text.trimEnd().split('\n'), 'END'];
    case 'bpf/detach':
      return params.hooks.map((hook) => `detach and unpin mesh-redirect/${params.workload}/${hook}`);
    case 'acceleration/stop':
      return [`detach and unpin mesh-redirect/${params.workload}/join-*`];
    case 'residue/remove':
      return [...params.links.map((id) => `detach link ${id}`), ...params.files.map((path) => `rm ${path}`)];
    case 'switch/recover':
      return ['take back every switch that was cut off'];
  }
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

function section({ title, ticked, details, removal }: Finding): string[] {
  return [
    `${ticked ? '[x]' : '[ ]'} ${title}`,
    '',
    ...indented(details),
    '',
    '  Removed by:',
    '',
    ...indented(removal.flatMap(stepsOf)),
    '',
  ];
}

/** All findings for a person to read before anything is removed: what each is, and how it would go. */
export function residueText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'Nothing was found that serves nobody.\n';
  return findings.flatMap(section).join('\n');
}
