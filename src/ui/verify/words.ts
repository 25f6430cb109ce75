import { markdownTable, plain } from '../../core/markdown';
import type { Check } from '../../core/verify';

/** What all checks of a workload came to, in a sentence or two. `where` as `placeText` gives it. */
export function checkSummary(where: string, checks: readonly Check[]): string {
  const failed = checks.filter(({ outcome }) => outcome === 'failed');
  const open = checks.filter(({ outcome }) => outcome === 'inconclusive').length;
  const doubt = open === 0 ? [] : [`${open} could not be decided.`];
  if (checks.length === 0) return `The policy of ${where} has nothing to check.`;
  if (failed.length === 0) {
    const passed = checks.length - open;
    return [`${passed} of ${checks.length} checks of ${where} passed with real connections.`, ...doubt].join(
      ' ',
    );
  }
  const titles = failed.slice(0, SHOWN).map(({ title }) => title);
  const more = failed.length > titles.length ? [`and ${failed.length - titles.length} more`] : [];
  return [
    `${failed.length} of ${checks.length} checks of ${where} failed: ${[...titles, ...more].join('; ')}.`,
    ...doubt,
  ].join(' ');
}

const SHOWN = 3;

/** In the order in which one wants to see them; with spaces at which a narrow column does not break. */
const OUTCOMES: Readonly<Record<Check['outcome'], string>> = {
  failed: '✗\u00a0failed',
  inconclusive: '?\u00a0undecided',
  passed: '✓\u00a0passed',
};

/** The checks as a page in Markdown, what failed first. */
export function checkPage(title: string, checks: readonly Check[]): string {
  const order = Object.keys(OUTCOMES);
  const sorted = [...checks].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome));
  const rows = sorted.map(({ title, outcome, message }) => [plain(title), OUTCOMES[outcome], plain(message)]);
  return [`# ${plain(title)}`, '', ...markdownTable(['Check', 'Result', 'Seen'], rows), ''].join('\n');
}
