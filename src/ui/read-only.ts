import { readOnlyError } from '../nodes/agent/read-only';
import type { NodeEntry } from './nodes/node-entry';

/** Throws NodeError `read-only` where nothing may be changed on a node: before a person is asked anything. */
export function mustBeChangeable({ node, readOnly }: NodeEntry): void {
  if (readOnly) throw readOnlyError(node.label);
}
