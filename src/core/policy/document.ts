import * as z from 'zod';
import { readAnnotations } from './mesh-config';
import { parseSettings, problemsOf, type Remedies } from './parse';
import { insidePlace } from './place';
import type { Problem } from './policy';
import { EVERY, type Selector } from './selector';
import { PolicySettings } from './settings';
import type { PolicySource } from './source';
import { shown, value, wrong } from './values';

const pattern = value({ type: 'string' }, (input) =>
  typeof input === 'string' && input !== ''
    ? input
    : wrong(`${shown(input)} is not a name.`, 'Use a name; * stands for any characters.'),
);

const annotation = value({ type: 'string' }, (input) =>
  typeof input === 'string'
    ? input
    : wrong(`${shown(input)} is not a text.`, 'Use a text, such as "3306,6379".'),
);

const annotations = z
  .record(z.string(), annotation, { error: (issue) => `${shown(issue.input)} is not a list of annotations.` })
  .describe(
    'The annotations of the pods, as FSM reads them: flomesh.io/outbound-port-exclusion-list and so on.',
  );

/** A document of a policy file, and an entry of the setting `meshRedirect.policies`. */
export const PolicyDocument = z.strictObject(
  {
    node: pattern
      .optional()
      .describe(
        'Only for nodes of this name or id, such as "ssh:root@10.0.0.1:22". * stands for any characters.',
      ),
    workload: pattern
      .optional()
      .describe('Only for workloads of this name, such as "payment-*". * stands for any characters.'),
    policy: z.unknown().optional(),
    annotations: annotations.optional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'This is not a policy document.' : undefined) },
);

const KEYS = Object.keys(PolicyDocument.shape);
const REMEDIES: Remedies = {
  whole: `Use an object of: ${KEYS.join(', ')}.`,
  unknownKey: (key) =>
    Object.hasOwn(PolicySettings.shape, key) ? 'Write it under "policy".' : `Use one of: ${KEYS.join(', ')}.`,
};

const SAYS_NOTHING: Problem = {
  severity: 'warning',
  path: '',
  message: 'There is neither a policy nor annotations.',
  remedy: 'Write the settings under "policy".',
};

/** Where a document comes from: its name for people, its rank, and what its paths begin with. */
export interface DocumentOrigin {
  name: string;
  rank: PolicySource['rank'];
  at?: string;
}

/** Reads a document: its policy, and its annotations, which come after every policy and `MeshConfig`. */
export function readPolicyDocument(input: unknown, { name, rank, at = '' }: DocumentOrigin): PolicySource[] {
  const inside = (path: string): string => insidePlace(at, path);
  const moved = (problems: readonly Problem[], by = inside): Problem[] =>
    problems.map((problem) => ({ ...problem, path: by(problem.path) }));
  const source = (selector: Selector, rest: Partial<PolicySource>): PolicySource => {
    return { name, rank, selector, settings: null, problems: [], place: inside, ...rest };
  };
  const parsed = PolicyDocument.safeParse(input);
  if (!parsed.success) return [source(EVERY, { problems: moved(problemsOf(parsed.error, REMEDIES)) })];
  const document = parsed.data;
  const selector = { node: document.node ?? null, workload: document.workload ?? null };
  const sources: PolicySource[] = [];
  if (document.policy !== undefined && document.policy !== null) {
    const { settings, problems } = parseSettings(document.policy);
    const place = (path: string): string => inside(insidePlace('policy', path));
    sources.push(source(selector, { settings, problems: moved(problems, place), place }));
  }
  if (document.annotations) {
    const { settings, problems, place } = readAnnotations(document.annotations, inside('annotations'));
    sources.push(source(selector, { rank: 'pod', settings, problems, place }));
  }
  if (sources.length > 0) return sources;
  return [source(selector, { settings: {}, problems: moved([SAYS_NOTHING]) })];
}

/** Reads a list of documents, as it stands in the setting `meshRedirect.policies`. */
export function readPolicies(input: unknown, name: string): PolicySource[] {
  if (Array.isArray(input)) {
    return input.flatMap((document: unknown, index) =>
      readPolicyDocument(document, { name, rank: 'setting', at: `[${index}]` }),
    );
  }
  const problem: Problem = {
    severity: 'error',
    path: '',
    message: `${shown(input)} is not a list.`,
    remedy: 'Use a list: [ ... ].',
  };
  return [
    { name, rank: 'setting', selector: EVERY, settings: null, problems: [problem], place: (path) => path },
  ];
}
