import { isScalar, parseAllDocuments, type Document } from 'yaml';
import {
  checkPolicy,
  EVERY,
  mergePolicy,
  parsePlace,
  readMeshConfig,
  readPolicyDocument,
  type PolicySource,
  type Problem,
} from '../policy';
import { placeInText, type Range } from './place';

/** A problem and where it is in the text. */
export interface PlacedProblem extends Problem {
  range: Range;
}

/** What a policy file says. */
export interface PolicyFile {
  sources: PolicySource[];
  problems: PlacedProblem[];
}

const kindOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'kind' in value ? value.kind : undefined;

const broken = (name: string, problems: Problem[]): PolicySource => ({
  name,
  rank: 'file',
  selector: EVERY,
  settings: null,
  problems,
  place: (path) => path,
});

function otherKind(name: string, kind: unknown): PolicySource {
  return broken(name, [
    {
      severity: 'error',
      path: 'kind',
      message: `A document of the kind ${JSON.stringify(kind)} is not read here.`,
      remedy: 'Use a MeshConfig, or a document with "policy" and no "kind".',
    },
  ]);
}

function sourcesOf(document: Document, name: string): PolicySource[] {
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const kind = kindOf(value);
  if (kind === undefined) return readPolicyDocument(value, { name, rank: 'file' });
  if (kind !== 'MeshConfig') return [otherKind(name, kind)];
  return [{ name, rank: 'mesh', selector: EVERY, ...readMeshConfig(value) }];
}

/** What is wrong with a source: its values, and, where each is right, what is between them. */
function problemsOf({ settings, problems, place }: PolicySource): Problem[] {
  const between = settings ? checkPolicy(mergePolicy([settings])) : [];
  return [...problems, ...between.map((problem) => ({ ...problem, path: place(problem.path) }))];
}

const isEmpty = ({ contents, errors }: Document): boolean =>
  errors.length === 0 && (contents === null || (isScalar(contents) && contents.value === null));

const SYNTAX_REMEDY = 'Correct the YAML or JSON here.';

function readDocument(document: Document, text: string, name: string): PolicyFile {
  const [first] = document.errors;
  if (first) {
    const problems = document.errors.map(({ message, pos: [start, end] }): PlacedProblem => ({
      ...{ severity: 'error', path: '', message, remedy: SYNTAX_REMEDY },
      range: { start, end: Math.max(end, start + 1) },
    }));
    return { sources: [broken(name, problems)], problems };
  }
  const sources = sourcesOf(document, name);
  const problems = sources.flatMap(problemsOf).map((problem) => ({
    ...problem,
    range: placeInText(document, text, parsePlace(problem.path), problem.onKey ?? false),
  }));
  return { sources, problems };
}

/** A text that the parser itself gives up on: nested too deeply, or with aliases that multiply. */
function unreadable(text: string, name: string, error: unknown): PolicyFile {
  const message = error instanceof Error ? error.message : String(error);
  const problem: Problem = { severity: 'error', path: '', message, remedy: SYNTAX_REMEDY };
  return {
    sources: [broken(name, [problem])],
    problems: [{ ...problem, range: { start: 0, end: text.length } }],
  };
}

/**
 * Reads the documents of a policy file, YAML or JSON (which YAML contains): policies with their selectors, and FSM's
 * `MeshConfig`. Every wrong value is named with its place in the text (offsets in UTF-16 units). Never throws.
 */
export function readPolicyFile(text: string, name: string): PolicyFile {
  try {
    const documents = parseAllDocuments(text, { prettyErrors: false });
    const filled = [...documents].filter((document) => !isEmpty(document));
    const files = filled.map((document, index) =>
      readDocument(document, text, filled.length > 1 ? `${name}, document ${index + 1}` : name),
    );
    return {
      sources: files.flatMap(({ sources }) => sources),
      problems: files.flatMap(({ problems }) => problems),
    };
  } catch (error) {
    return unreadable(text, name, error);
  }
}

/** What is wrong with the `MeshConfig`s among the documents of any YAML text; other documents are none of ours. */
export function meshConfigProblems(text: string): PlacedProblem[] {
  try {
    return [...parseAllDocuments(text, { prettyErrors: false })]
      .filter((document) => document.errors.length === 0 && document.get('kind') === 'MeshConfig')
      .flatMap((document) => readDocument(document, text, '').problems);
  } catch {
    return []; // not a text that is ours to judge
  }
}
