import type { SourceLine } from '../model';

/** The lines of one file that a program was made of, by their numbers. */
export interface SourceFile {
  file: string;
  /** `function`: where a line is the first of that function's; else null. */
  lines: { line: number; text: string; function: string | null }[];
}

/**
 * What a program was made of, for reading: by file, each line once, in the order of the file. Instructions come in the
 * compiler's order, which goes back and forth, and in and out of what was inlined. The file of the first one comes first.
 */
export function sourceFiles(source: readonly SourceLine[]): SourceFile[] {
  const files = new Map<string, Map<number, SourceLine>>();
  for (const place of source) {
    const lines = files.get(place.file) ?? new Map<number, SourceLine>();
    files.set(place.file, lines);
    if (!lines.has(place.line)) lines.set(place.line, place);
  }
  return [...files].map(([file, lines]) => {
    const named = new Set<string>();
    const sorted = [...lines.values()].sort((a, b) => a.line - b.line);
    return {
      file,
      lines: sorted.map(({ line, text, function: name }) => {
        const first = !named.has(name);
        named.add(name);
        return { line, text, function: first ? name : null };
      }),
    };
  });
}
