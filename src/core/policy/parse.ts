import type * as z from 'zod';
import { checkPolicy } from './consistency';
import { mergePolicy } from './merge';
import { placeText } from './place';
import type { Policy, Problem } from './policy';
import { PolicySettings } from './settings';

/** A policy, or `null` where a problem is an error. */
export interface ParsedPolicy {
  policy: Policy | null;
  problems: Problem[];
}

/** What to do about the issues of a schema that do not say it themselves. */
export interface Remedies {
  whole: string;
  unknownKey: (key: string) => string;
}

const SETTINGS_REMEDIES: Remedies = {
  whole: 'Use {} for the defaults of FSM.',
  unknownKey: () => `Use one of: ${Object.keys(PolicySettings.shape).join(', ')}.`,
};

function remedyOf(issue: z.core.$ZodIssue, { whole }: Remedies): string {
  if (issue.code === 'custom' && typeof issue.params?.['remedy'] === 'string') return issue.params['remedy'];
  return issue.path.length === 0 ? whole : 'Use a list: [ ... ].';
}

/** The issues of a schema as problems. */
export function problemsOf(error: z.ZodError, remedies: Remedies): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code !== 'unrecognized_keys') {
      const { message, path } = issue;
      return [{ severity: 'error', path: placeText(path), message, remedy: remedyOf(issue, remedies) }];
    }
    return issue.keys.map((key) => ({
      severity: 'error',
      path: placeText([...issue.path, key]),
      message: 'There is no setting of this name.',
      remedy: remedies.unknownKey(key),
      onKey: true,
    }));
  });
}

/** Reads one source. `settings` is null where a problem was found; every wrong value is named, not only the first. */
export function parseSettings(input: unknown): { settings: PolicySettings | null; problems: Problem[] } {
  const result = PolicySettings.safeParse(input);
  return result.success
    ? { settings: result.data, problems: [] }
    : { settings: null, problems: problemsOf(result.error, SETTINGS_REMEDIES) };
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
