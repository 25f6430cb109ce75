import type { Schema } from './schema';

/** A key that could be written next, or a value. */
export interface Suggestion {
  label: string;
  insert: string;
  kind: 'key' | 'value';
  description: string;
}

/** `  - key: value`, in its parts. */
const LINE = /^(?<indent>[ ]*(?:- +)*)(?:(?<key>"[^"]*"|[\w./-]+)(?<colon>:(?: |$)))?(?<rest>.*)$/;

interface Line {
  indent: number;
  key: string | null;
  rest: string;
}

function readLine(text: string): Line {
  const groups = LINE.exec(text)?.groups;
  const key = groups?.['key']?.replace(/^"|"$/g, '') ?? null;
  return { indent: groups?.['indent']?.length ?? 0, key, rest: (groups?.['rest'] ?? '').trim() };
}

/** The keys that lead to a line of that indentation, the outermost first, and the lines of its document. */
function parents(
  lines: readonly string[],
  number: number,
  indent: number,
): { path: string[]; first: number } {
  const path: string[] = [];
  let inner = indent;
  let first = number;
  while (first > 0 && !lines[first - 1]?.startsWith('---')) {
    first -= 1;
    const line = readLine(lines[first] ?? '');
    if (line.key === null || line.indent >= inner) continue;
    path.unshift(line.key);
    inner = line.indent;
  }
  return { path, first };
}

function at(schema: Schema, path: readonly string[]): Schema | null {
  let found: Schema | undefined = schema;
  for (const key of path) found = found?.properties?.[key];
  return found ?? null;
}

/** A document with a `kind` is described by another schema than one without. */
function rootSchema(file: Schema, lines: readonly string[], first: number): Schema | null {
  const isMesh = (schema: Schema): boolean => schema.properties?.['kind'] !== undefined;
  const rest = lines.slice(first);
  const end = rest.findIndex((line, index) => index > 0 && line.startsWith('---'));
  const hasKind = rest.slice(0, end < 0 ? undefined : end).some((line) => /^kind:/.test(line));
  return file.anyOf?.find((schema) => isMesh(schema) === hasKind) ?? null;
}

function keySuggestions(schema: Schema, present: ReadonlySet<string>): Suggestion[] {
  return Object.entries(schema.properties ?? {})
    .filter(([key]) => !present.has(key))
    .map(([key, property]) => {
      const opens = property.type === 'object' || property.type === 'array';
      return {
        label: key,
        insert: `${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)}:${opens ? '' : ' '}`,
        kind: 'key',
        description: describe(property),
      };
    });
}

function valueSuggestions(schema: Schema): Suggestion[] {
  const values: unknown[] = [
    ...(schema.type === 'boolean' ? [true, false] : []),
    ...(schema.oneOf ?? []).map((choice) => choice.const),
    ...(schema.const === undefined ? [] : [schema.const]),
    ...(typeof schema.default === 'number' ? [schema.default] : []),
  ];
  const texts = values.flatMap((value) => {
    const text = typeof value === 'string' ? value : (JSON.stringify(value) as string | undefined);
    return text === undefined
      ? []
      : [{ text, description: value === schema.default ? 'FSM’s default.' : '' }];
  });
  return texts.map(({ text, description }) => ({ label: text, insert: text, kind: 'value', description }));
}

function describe({ description = '', default: value }: Schema): string {
  const isEmpty = value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  return isEmpty ? description : `${description} FSM’s default: ${JSON.stringify(value)}.`;
}

/** What could be written at a place of a YAML policy file (block style). `column` in UTF-16 units, both from 0. */
export function suggestionsAt(text: string, number: number, column: number, file: Schema): Suggestion[] {
  const lines = text.split(/\r?\n/);
  const line = readLine((lines[number] ?? '').slice(0, column));
  const indent = line.key === null && line.rest === '' ? column : line.indent;
  const { path, first } = parents(lines, number, indent);
  const root = rootSchema(file, lines, first);
  const schema = root && at(root, line.key === null ? path : [...path, line.key]);
  if (!schema) return [];
  if (line.key !== null) return valueSuggestions(schema);
  return keySuggestions(schema, siblings(lines, number, indent));
}

/** The keys that stand already beside a line. */
function siblings(lines: readonly string[], number: number, indent: number): Set<string> {
  const keys = new Set<string>();
  for (const step of [-1, 1]) {
    for (let other = number + step; other >= 0 && other < lines.length; other += step) {
      const text = lines[other] ?? '';
      const line = readLine(text);
      if (text.startsWith('---') || (text.trim() !== '' && line.indent < indent)) break;
      if (line.key !== null && line.indent === indent) keys.add(line.key);
    }
  }
  return keys;
}

/** What the key at a place means; null where there is none that we know. */
export function explanationAt(
  text: string,
  number: number,
  column: number,
  file: Schema,
): { start: number; end: number; text: string } | null {
  const lines = text.split(/\r?\n/);
  const line = readLine(lines[number] ?? '');
  if (line.key === null) return null;
  const start = line.indent;
  const end = (lines[number] ?? '').indexOf(':', start + line.key.length);
  if (column < start || column > end) return null;
  const { path, first } = parents(lines, number, line.indent);
  const root = rootSchema(file, lines, first);
  const described = root && at(root, [...path, line.key]);
  return described?.description ? { start, end, text: describe(described) } : null;
}
