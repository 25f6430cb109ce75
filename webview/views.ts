import type { ViewId } from '../src/protocol/inspector';

/** The views, in the order of their tabs. */
export const VIEWS: readonly { id: ViewId; title: string; filter: string }[] = [
  { id: 'path', title: 'Path', filter: 'Find in the path' },
  { id: 'chains', title: 'Chains', filter: 'Filter rules' },
  { id: 'maps', title: 'Maps', filter: 'Filter maps and entries' },
  { id: 'programs', title: 'Programs', filter: 'Filter programs' },
  { id: 'trace', title: 'Trace', filter: 'Filter questions' },
  { id: 'history', title: 'History', filter: 'Filter changes' },
];
