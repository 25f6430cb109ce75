import { foreignMeshesIn, parseRuleset } from '../iptables';
import type { Snapshot } from '../model';
import { REDIRECTING_HOOKS, workloadOfPin } from './hooks';

/**
 * What else redirects the workload's connections: chains of a mesh that we know, or a program on a hook that can
 * redirect, which Mesh Redirect attached for no workload. Null where there is nothing.
 */
export function foreignIn(snapshot: Snapshot): string | null {
  const names = new Map(snapshot.programs.map(({ id, name }) => [id, name]));
  const meshes = snapshot.rulesets
    .flatMap(({ text }) => foreignMeshesIn(parseRuleset(text)))
    .map(({ mesh, chain }) => `${mesh} (chain ${chain})`);
  const programs = snapshot.attachments
    .filter(({ hook, pin }) => REDIRECTING_HOOKS.some((own) => own === hook) && workloadOfPin(pin) === null)
    .map(({ hook, program }) => `program ${names.get(program) ?? '?'} (${program}) on ${hook}`);
  const all = [...new Set([...meshes, ...programs])];
  return all.length === 0 ? null : all.join(', ');
}
