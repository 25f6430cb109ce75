import { readAnnotations } from './mesh-config';
import { EVERY, type Subject } from './selector';
import type { PolicySource } from './source';

/** What a pod's own annotations say of its policy: the last in FSM's order. Nothing where it has none of FSM's. */
export function podSources({ workload, pod }: Subject): PolicySource[] {
  if (!pod) return [];
  const { settings, problems, place } = readAnnotations(pod.annotations);
  if (settings !== null && Object.keys(settings).length === 0 && problems.length === 0) return [];
  return [{ name: `annotations of ${workload}`, rank: 'pod', selector: EVERY, settings, problems, place }];
}
