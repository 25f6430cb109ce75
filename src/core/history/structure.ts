import type { Snapshot } from '../model';

/** A line of iptables-save without its counters; null for comments, which hold the time. */
function bare(line: string): string | null {
  if (line.startsWith('#') || line.trim() === '') return null;
  return line.replace(/^\[\d+:\d+\] /, '').replace(/ \[\d+:\d+\]$/, '');
}

/**
 * The structure of everything that a snapshot holds, as lines for people and for the diff editor: rules, what is
 * attached, and maps, without what changes with each packet. Two looks at the same state give the same lines.
 */
export function structureLines({ rulesets, attachments, programs, maps }: Snapshot): string[] {
  const known = new Map(programs.map((program) => [program.id, program]));
  return [
    ...rulesets.flatMap(({ family, backend, text }) => [
      `# Rules: ${family}, ${backend}`,
      ...text
        .split('\n')
        .map(bare)
        .filter((line) => line !== null),
      '',
    ]),
    '# Attached, in the order in which the kernel runs them',
    ...attachments.map(({ hook, target, program, pin }) => {
      const { name, tag } = known.get(program) ?? { name: `program ${program}`, tag: 'unknown' };
      const where = target.kind === 'netns' ? 'the network namespace' : `cgroup ${target.path}`;
      return `${hook}: ${name}, tag ${tag}, on ${where}${pin === null ? '' : ', ours'}`;
    }),
    '',
    '# Maps',
    ...maps.map(
      ({ name, type, keySize, valueSize, maxEntries }) =>
        `${name}: ${type}, key ${keySize} B, value ${valueSize} B, ${maxEntries} entries at most`,
    ),
  ];
}
