import { isCollection, isMap, isScalar, isSeq, type Document, type Node, type Pair } from 'yaml';
import type { Place } from '../policy';

/** Offsets in a text, the end not included. */
export interface Range {
  start: number;
  end: number;
}

const rangeOf = (node: unknown): Range | null => {
  const range = (node as Node | null)?.range;
  return range && range[1] > range[0] ? { start: range[0], end: range[1] } : null;
};

function child(node: unknown, part: string | number): { key: unknown; value: unknown } | null {
  if (isSeq(node) && typeof part === 'number') {
    const value: unknown = node.items[part];
    return value === undefined ? null : { key: null, value };
  }
  if (!isMap(node)) return null;
  const found = node.items.find(({ key }: Pair) => isScalar(key) && String(key.value) === String(part));
  return found ? { key: found.key, value: found.value } : null;
}

/**
 * Where something stands in the text: its value, or its name where the name is meant or the value is a block of many
 * lines. Of what is not there, whatever it would be in; of a whole document, its first line.
 */
export function placeInText(document: Document, text: string, place: Place, onKey: boolean): Range {
  let node: unknown = document.contents;
  let range: Range | null = null;
  for (const [index, part] of place.entries()) {
    const next = child(node, part);
    if (!next) break;
    const isBlock = isCollection(next.value) && next.value.flow !== true;
    const named = (onKey && index === place.length - 1) || isBlock;
    range = (named ? null : rangeOf(next.value)) ?? rangeOf(next.key) ?? rangeOf(next.value) ?? range;
    node = next.value;
  }
  return range ?? firstLine(text, rangeOf(document.contents)?.start ?? 0);
}

function firstLine(text: string, start: number): Range {
  const end = text.slice(start).search(/\r?\n/);
  return { start, end: end < 0 ? text.length : start + end };
}
