import type { UiState } from './model/ui-state';

/** The views, in the order of their tabs. */
export const VIEWS: readonly { id: UiState['view']; title: string; filter: string }[] = [
  { id: 'chains', title: 'Chains', filter: 'Filter rules' },
  { id: 'maps', title: 'Maps', filter: 'Filter maps and entries' },
];
