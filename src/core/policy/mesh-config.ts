import * as z from 'zod';
import { policyFromSettings, parseSettings, type ParsedPolicy } from './parse';
import type { Problem } from './policy';
import type { PolicySettings } from './settings';

/** FSM's names for lists of a policy: in `MeshConfig` `spec.traffic`, and of a pod's annotation after `flomesh.io/`. */
const LISTS = [
  ['outboundIpRangeExclusions', 'outboundIPRangeExclusionList', 'outbound-ip-range-exclusion-list'],
  ['outboundIpRangeInclusions', 'outboundIPRangeInclusionList', 'outbound-ip-range-inclusion-list'],
  ['outboundPortExclusions', 'outboundPortExclusionList', 'outbound-port-exclusion-list'],
  ['inboundPortExclusions', 'inboundPortExclusionList', 'inbound-port-exclusion-list'],
  ['interfaceExclusions', 'networkInterfaceExclusionList', null],
] as const;

const PREFIX = 'flomesh.io/';

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

interface Source {
  settings: PolicySettings | null;
  problems: Problem[];
}

/** Reads settings that have other names where they come from, and names problems by these. */
function readRenamed(values: Map<string, unknown>, names: Map<string, string>): Source {
  const { settings, problems } = parseSettings(Object.fromEntries(values));
  const renamed = problems.map((problem) => {
    const [, field = '', rest = ''] = /^([^.[]*)(.*)$/.exec(problem.path) ?? [];
    return { ...problem, path: `${names.get(field) ?? field}${rest}` };
  });
  return { settings, problems: renamed };
}

function readMeshConfig(document: unknown): Source {
  const parsed = MeshConfig.safeParse(document);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }): Problem => ({
      severity: 'error',
      path: path.join('.'),
      message,
      remedy: 'Give a MeshConfig of FSM: kind: MeshConfig, with its lists under spec.traffic.',
    }));
    return { settings: null, problems };
  }
  const { traffic, sidecar } = parsed.data.spec ?? {};
  const values = new Map<string, unknown>();
  const names = new Map<string, string>();
  for (const [field, name] of LISTS) {
    const value = traffic && Object.hasOwn(traffic, name) ? traffic[name] : undefined;
    if (value !== undefined && value !== null) values.set(field, value);
    names.set(field, `spec.traffic.${name}`);
  }
  if (sidecar?.localProxyMode) values.set('podIpMode', sidecar.localProxyMode === 'PodIP');
  return readRenamed(values, names);
}

function readAnnotations(annotations: Readonly<Record<string, string>>): Source {
  const values = new Map<string, unknown>();
  const names = new Map<string, string>();
  for (const [field, , name] of LISTS) {
    if (name === null || !Object.hasOwn(annotations, PREFIX + name)) continue;
    const parts = (annotations[PREFIX + name] ?? '').split(',').map((part) => part.trim());
    values.set(
      field,
      parts.filter((part) => part !== ''),
    );
    names.set(field, `metadata.annotations["${PREFIX}${name}"]`);
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
