import * as z from 'zod';
import { policyFromSettings, parseSettings, type ParsedPolicy } from './parse';
import { insidePlace, parsePlace, placeText } from './place';
import type { Problem } from './policy';
import type { PolicySettings } from './settings';

/** FSM's names for lists of a policy: in `MeshConfig` `spec.traffic`, and of a pod's annotation after `flomesh.io/`. */
export const FSM_LISTS = [
  ['outboundIpRangeExclusions', 'outboundIPRangeExclusionList', 'outbound-ip-range-exclusion-list'],
  ['outboundIpRangeInclusions', 'outboundIPRangeInclusionList', 'outbound-ip-range-inclusion-list'],
  ['outboundPortExclusions', 'outboundPortExclusionList', 'outbound-port-exclusion-list'],
  ['inboundPortExclusions', 'inboundPortExclusionList', 'inbound-port-exclusion-list'],
  ['interfaceExclusions', 'networkInterfaceExclusionList', null],
] as const;

/** What the names of FSM's annotations begin with. */
export const ANNOTATION_PREFIX = 'flomesh.io/';

/** What is read of a `MeshConfig`; what else it holds passes. Lists are checked by the policy's own schema. */
const MeshConfig = z.object({
  kind: z.literal('MeshConfig', { error: 'This is not a MeshConfig.' }),
  spec: z
    .object({
      traffic: z.record(z.string(), z.unknown()).nullish(),
      sidecar: z.object({ localProxyMode: z.enum(['Localhost', 'PodIP']).nullish() }).nullish(),
    })
    .nullish(),
});

/** Settings that have other names where they come from. Null where a problem was found. */
export interface RenamedSettings {
  settings: PolicySettings | null;
  /** Their paths are those of the source. */
  problems: Problem[];
  /** Where the source has a field of the policy: `outboundPortExclusions[0]` -> `spec.traffic.outbound...[0]`. */
  place: (path: string) => string;
}

function readRenamed(values: Map<string, unknown>, names: Map<string, string>): RenamedSettings {
  const { settings, problems } = parseSettings(Object.fromEntries(values));
  const place = (path: string): string => {
    const [field = '', ...rest] = parsePlace(path);
    return insidePlace(names.get(String(field)) ?? String(field), placeText(rest));
  };
  return {
    settings,
    problems: problems.map((problem) => ({ ...problem, path: place(problem.path) })),
    place,
  };
}

/** What a parsed `MeshConfig` says of the policy. */
export function readMeshConfig(document: unknown): RenamedSettings {
  const parsed = MeshConfig.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }): Problem => ({
      severity: 'error',
      path: placeText(path),
      message,
      remedy: 'Give a MeshConfig of FSM: kind: MeshConfig, with its lists under spec.traffic.',
    }));
    return { settings: null, problems, place: (path) => path };
  }
  const { traffic, sidecar } = parsed.data.spec ?? {};
  const values = new Map<string, unknown>();
  const names = new Map<string, string>();
  for (const [field, name] of FSM_LISTS) {
    const value = traffic && Object.hasOwn(traffic, name) ? traffic[name] : undefined;
    if (value !== undefined && value !== null) values.set(field, value);
    names.set(field, `spec.traffic.${name}`);
  }
  names.set('podIpMode', 'spec.sidecar.localProxyMode');
  if (sidecar?.localProxyMode) values.set('podIpMode', sidecar.localProxyMode === 'PodIP');
  return readRenamed(values, names);
}

/** What the annotations of a pod say of the policy. `at` is where they are, for problems. */
export function readAnnotations(
  annotations: Readonly<Record<string, string>>,
  at = 'metadata.annotations',
): RenamedSettings {
  const values = new Map<string, unknown>();
  const names = new Map<string, string>();
  for (const [field, , name] of FSM_LISTS) {
    if (name === null || !Object.hasOwn(annotations, ANNOTATION_PREFIX + name)) continue;
    const parts = (annotations[ANNOTATION_PREFIX + name] ?? '').split(',').map((part) => part.trim());
    values.set(
      field,
      parts.filter((part) => part !== ''),
    );
    names.set(field, insidePlace(at, placeText([ANNOTATION_PREFIX + name])));
  }
  return readRenamed(values, names);
}

/**
 * The policy of a FSM `MeshConfig` and of a pod's annotations, over other settings (`before`, in FSM's order: defaults,
 * node, workload, file). Lists are joined. `document` is the parsed YAML or JSON. Names as in FSM's `pkg/constants`.
 */
export function policyFromMeshConfig(
  document: unknown,
  annotations: Readonly<Record<string, string>> = {},
  before: readonly PolicySettings[] = [],
): ParsedPolicy {
  const sources = [readMeshConfig(document), readAnnotations(annotations)];
  const problems = sources.flatMap((source) => source.problems);
  const settings = sources.flatMap((source) => source.settings ?? []);
  if (settings.length < sources.length) return { policy: null, problems };
  const merged = policyFromSettings([...before, ...settings]);
  return { policy: merged.policy, problems: [...problems, ...merged.problems] };
}
