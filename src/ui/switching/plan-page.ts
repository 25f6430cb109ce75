import { markdownTable, plain } from '../../core/markdown';
import type { Call, ConnectionFate, Plan } from '../../core/redirect';

/**
 * What a plan would do, as a page in Markdown: its steps, and what becomes of each open connection.
 * @param byHand the command that does what a step does; null where none does
 */
export function planPage(
  title: string,
  plan: Pick<Plan, 'steps' | 'closing' | 'connections' | 'notices'>,
  byHand: (call: Call) => string | null,
): string {
  const { steps, closing, connections, notices } = plan;
  const step = (mark: string, { title, call }: { title: string; call: Call }): string =>
    [`${mark} ${plain(title)}`, ...codeBlock(byHand(call), ' '.repeat(mark.length + 1))].join('\n');
  const all = steps.length + (closing?.steps.length ?? 0);
  return [
    `# ${plain(title)}`,
    ...(all === 0 ? [] : ['', HOW]),
    ...section(
      'Steps',
      steps.map((each, index) => step(`${index + 1}.`, each)),
      'There is nothing to do.',
    ),
    ...section(
      'Once older connections have closed',
      (closing?.steps ?? []).map((each) => step('-', each)),
      null,
    ),
    ...section('Open connections', fates(connections), 'None is open.'),
    ...section('Good to know', bullets(notices), null),
  ].join('\n');
}

const HOW =
  'Below a step is the command that does the same by hand. Where there is none, the agent does it itself, through libbpf and netlink.';

/** A fence that is longer than any in the text: what comes from a node does not end it. */
function codeBlock(text: string | null, indent: string): string[] {
  if (text === null) return [];
  const longest = Math.max(2, ...[...text.matchAll(/~+/g)].map(([run]) => run.length));
  const fence = '~'.repeat(longest + 1);
  return ['', `${fence}sh`, ...text.split('\n'), fence, ''].map((line) =>
    line === '' ? line : indent + line,
  );
}

const bullets = (lines: readonly string[]): string[] => lines.map((line) => `- ${plain(line)}`);

/** `none` is said where there are no lines; null: the section is left out. */
function section(heading: string, lines: readonly string[], none: string | null): string[] {
  if (lines.length === 0 && none === null) return [];
  return ['', `## ${heading}`, '', ...(lines.length === 0 ? [none ?? ''] : lines)];
}

function fates(connections: readonly ConnectionFate[]): string[] {
  if (connections.length === 0) return [];
  // Those that may break are what one looks for.
  const sorted = [...connections].sort((a, b) => Number(a.keeps) - Number(b.keeps));
  return markdownTable(
    ['Connection', 'Redirected by', 'Afterwards', 'Because'],
    sorted.map(({ ends, through, keeps, why }) => [
      plain(ends),
      through,
      keeps ? '✓\u00a0goes\u00a0on' : '✗\u00a0may\u00a0break',
      plain(why),
    ]),
  );
}
