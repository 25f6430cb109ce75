import assert from 'node:assert/strict';
import { parseRange, type IpRange } from '../../../src/core/net';

/** A range that is written right. */
export function rangeOf(text: string): IpRange {
  const range = parseRange(text);
  return 'fault' in range ? assert.fail(range.fault) : range;
}
