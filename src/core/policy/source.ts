import type { Problem } from './policy';
import type { Selector } from './selector';
import type { PolicySettings } from './settings';

/** Where a source stands in FSM's order, the first first. */
export const RANKS = ['setting', 'file', 'mesh', 'pod'] as const;

/** What one place says of the policy of some workloads. */
export interface PolicySource {
  /** For people: `meshRedirect.policy`, `mesh.mesh-redirect.yaml, document 2`. */
  name: string;
  rank: (typeof RANKS)[number];
  selector: Selector;
  /** Null where the place is wrong; then `problems` has the errors. */
  settings: PolicySettings | null;
  problems: Problem[];
  /** Where the place has a field of the policy: `controlPorts[0]` -> `policy.controlPorts[0]`. */
  place: (path: string) => string;
}

export const problemText = (name: string | null, { path, message, remedy }: Problem): string =>
  `${[name, path].filter(Boolean).join(': ')}: ${message} ${remedy}`.replace(/^: /, '');
