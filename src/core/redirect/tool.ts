import type { Backend, Family } from '../model';

/** Which rules are meant: a family in a back-end has a table of its own. */
export interface Tool {
  family: Family;
  backend: Backend;
}

/** True if both mean the same rules. */
export const sameTool = (a: Tool, b: Tool): boolean => a.family === b.family && a.backend === b.backend;
