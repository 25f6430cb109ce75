import { markdownTable, plain } from '../../core/markdown';
import type { ConnectionFate, Plan } from '../../core/redirect';

/** What a plan would do, as a page in Markdown: its steps, and what becomes of each open connection. */
export function planPage(
  title: string,
  plan: Pick<Plan, 'steps' | 'closing' | 'connections' | 'notices'>,
): string {
  const { steps, closing, connections, notices } = plan;
  return [
    `# ${plain(title)}`,
    ...section(
      'Steps',
      steps.map(({ title }, index) => `${index + 1}. ${plain(title)}`),
      'There is nothing to do.',
    ),
    ...section(
      'Once older connections have closed',
      bullets(closing?.steps.map(({ title }) => title) ?? []),
      null,
    ),
    ...section('Open connections', fates(connections), 'None is open.'),
    ...section('Good to know', bullets(notices), null),
  ].join('\n');
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
