import { tracePolicy, type EffectivePolicy, type TracedValue } from './effective';
import { selectorText, type Subject } from './selector';
import { problemText } from './source';

const DEFAULTS = 'FSM’s defaults';

/** Names come from files and processes, and must not end a comment. */
const oneLine = (text: string): string => text.replace(/\s+/g, ' ');

const line = (value: TracedValue, before: string): string =>
  `${before}${JSON.stringify(value.value)} # ${oneLine(value.source ?? DEFAULTS)}`;

function fieldLines(field: string, value: TracedValue | TracedValue[]): string[] {
  if (!Array.isArray(value)) return [line(value, `  ${field}: `)];
  if (value.length === 0) return [`  ${field}: []`];
  return [`  ${field}:`, ...value.map((item) => line(item, '    - '))];
}

/**
 * The policy of a workload for people: YAML that could stand in a policy file as it is, with the source of each value
 * behind it.
 */
export function effectivePolicyText(effective: EffectivePolicy, subject: Subject): string {
  const { policy, sources, problems } = effective;
  const numbered = [DEFAULTS, ...sources.map(({ name, selector }) => `${name} (${selectorText(selector)})`)];
  const wrong = problems.map(({ source, problem }) => `#   ${oneLine(problemText(source, problem))}`);
  return [
    `# The policy of ${oneLine(subject.workload)} on ${oneLine(subject.node.label)}.`,
    '#',
    '# Made of, the later over the earlier; lists of exclusions and of inclusions are joined:',
    ...numbered.map((source, index) => `#   ${index + 1}. ${oneLine(source)}`),
    ...(wrong.length > 0
      ? ['#', policy ? '# Note:' : '# Wrong, so that nothing can be switched:', ...wrong]
      : []),
    '',
    'policy:',
    ...tracePolicy(sources).flatMap(({ field, value }) => fieldLines(field, value)),
    '',
  ].join('\n');
}
