import type * as z from 'zod';
import { checkPolicy } from './consistency';
import { mergePolicy } from './merge';
import type { Policy, Problem } from './policy';
import { PolicySettings } from './settings';

/** A policy, or `null` where a problem is an error. */
export interface ParsedPolicy {
  policy: Policy | null;
  problems: Problem[];
}

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

function remedyOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'custom' && typeof issue.params?.['remedy'] === 'string') return issue.params['remedy'];
  if (issue.code === 'unrecognized_keys') {
    return `Use one of: ${Object.keys(PolicySettings.shape).join(', ')}.`;
  }
  return issue.path.length === 0 ? 'Use {} for the defaults of FSM.' : 'Use a list: [ ... ].';
}

function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const remedy = remedyOf(issue);
    if (issue.code !== 'unrecognized_keys') {
      return [{ severity: 'error', path: pathText(issue.path), message: issue.message, remedy }];
    }
    return issue.keys.map((key) => ({
      severity: 'error',
      path: pathText([...issue.path, key]),
      message: 'There is no setting of this name.',
      remedy,
    }));
  });
}

/** Reads one source. `settings` is null where a problem was found; every wrong value is named, not only the first. */
export function parseSettings(input: unknown): { settings: PolicySettings | null; problems: Problem[] } {
  const result = PolicySettings.safeParse(input);
  return result.success
    ? { settings: result.data, problems: [] }
    : { settings: null, problems: problemsOf(result.error) };
}

/** Merges sources that were read (mergePolicy) and checks the whole. */
export function policyFromSettings(sources: readonly PolicySettings[]): ParsedPolicy {
  const policy = mergePolicy(sources);
  const problems = checkPolicy(policy);
  return { policy: problems.some(({ severity }) => severity === 'error') ? null : policy, problems };
}

/** Reads a policy as it stands in a setting or a file: any of the fields of `Policy`, FSM's defaults for the others. */
export function parsePolicy(input: unknown): ParsedPolicy {
  const { settings, problems } = parseSettings(input ?? {});
  return settings ? policyFromSettings([settings]) : { policy: null, problems };
}
