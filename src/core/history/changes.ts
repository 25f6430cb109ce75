/** How often each line is there. */
function counted(lines: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

/** Which part of the structure a line belongs to. */
const PARTS = [
  { title: 'rule', plural: 'rules', is: (line: string) => line.startsWith('-A ') },
  { title: 'chain', plural: 'chains', is: (line: string) => line.startsWith(':') },
  { title: 'hook', plural: 'hooks', is: (line: string) => /, tag [0-9a-z]+, on /.test(line) },
  { title: 'map', plural: 'maps', is: (line: string) => / entries at most$/.test(line) },
];

const missing = (of: readonly string[], from: Map<string, number>): string[] => {
  const left = new Map(from);
  return of.filter((line) => {
    const there = left.get(line) ?? 0;
    left.set(line, there - 1);
    return there <= 0;
  });
};

/** What came and went between two structures, in a line: `3 rules more, 1 hook fewer`. Empty: nothing, but perhaps the order. */
export function changesText(before: readonly string[], after: readonly string[]): string {
  const more = missing(after, counted(before));
  const fewer = missing(before, counted(after));
  return PARTS.flatMap(({ title, plural, is }) =>
    [
      { count: more.filter(is).length, word: 'more' },
      { count: fewer.filter(is).length, word: 'fewer' },
    ]
      .filter(({ count }) => count > 0)
      .map(({ count, word }) => `${count} ${count === 1 ? title : plural} ${word}`),
  ).join(', ');
}
