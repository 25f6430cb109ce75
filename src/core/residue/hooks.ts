import type { NodeResidue } from '../model';
import { ANSWERING_HOOKS, REDIRECTING_HOOKS, ownHooks } from '../redirect';
import type { Finding } from './finding';
import { isServed, labelOf, type ObservedWorkload } from './workload';

/** What is pinned for one workload. */
type Pins = Pick<NodeResidue['pins'][number], 'hooks' | 'accelerated'>;

function hookFinding(
  observed: ObservedWorkload,
  name: string,
  hooks: readonly { hook: string; detail: string }[],
  more: { text: string; ticked: boolean },
): Finding {
  const { id: workload } = observed.snapshot.workload;
  return {
    id: `hooks/${workload}/${name}`,
    kind: 'hooks',
    whose: 'Mesh Redirect',
    title: `${labelOf(observed)}: ${more.text}`,
    details: hooks.map(({ detail }) => detail),
    ticked: more.ticked,
    removal: [{ verb: 'bpf/detach', params: { workload, hooks: hooks.map(({ hook }) => hook) } }],
  };
}

function reasonOf(observed: ObservedWorkload): { text: string; ticked: boolean } | null {
  const hooks = ownHooks(observed.snapshot);
  const { hookPorts: ports } = observed;
  if (!REDIRECTING_HOOKS.some((hook) => hooks.has(hook))) {
    return observed.origins === 0
      ? { text: 'hooks answer for connections of which none is left', ticked: true }
      : null;
  }
  if (!ports.some((port) => isServed(observed, 'ipv4', port))) {
    return { text: `hooks redirect to port ${ports.join(' and ')}, where nobody listens`, ticked: true };
  }
  const missing = [...REDIRECTING_HOOKS, ...ANSWERING_HOOKS].filter((hook) => !hooks.has(hook));
  return missing.length === 0
    ? null
    : {
        text: `hooks are there in part, without ${missing.join(', ')}; a switch to eBPF repairs them`,
        ticked: false,
      };
}

/** A workload whose hooks were taken away by hand is accelerated no less; and what was cut off leaves links that do nothing. */
function accelerationFindings(observed: ObservedWorkload, { accelerated }: Pins): Finding[] {
  const { workload, acceleration } = observed.snapshot;
  const outside = acceleration !== null && ownHooks(observed.snapshot).size === 0;
  if (!outside && (acceleration !== null || !accelerated)) return [];
  const text = outside
    ? 'it is accelerated without being in eBPF mode'
    : 'turning acceleration on or off was cut off, and has left its links';
  return [
    {
      id: `hooks/${workload.id}/acceleration`,
      kind: 'hooks',
      whose: 'Mesh Redirect',
      title: `${labelOf(observed)}: ${text}`,
      details: ['links of acceleration'],
      ticked: true,
      removal: [{ verb: 'acceleration/stop', params: { workload: workload.id } }],
    },
  ];
}

/** Pins that hold nothing attached any more, or nothing at all. */
function danglingFindings(observed: ObservedWorkload, { hooks: pinned, accelerated }: Pins): Finding[] {
  const hooks = ownHooks(observed.snapshot);
  const dangling = pinned.filter((hook) => ![...hooks.keys()].some((own) => own === hook));
  if (dangling.length > 0) {
    const details = dangling.map((hook) => ({ hook, detail: `${hook}: a pin that leads nowhere` }));
    const text = 'pins are left of hooks that are attached no more';
    return [hookFinding(observed, 'dangling', details, { text, ticked: true })];
  }
  return pinned.length > 0 || hooks.size > 0 || accelerated
    ? []
    : [hookFinding(observed, 'dangling', [], { text: 'an empty directory of pins is left', ticked: true })];
}

/** What of our hooks in a workload is residue. `pins` are all that are pinned for it; null: no directory is there. */
export function hookFindings(observed: ObservedWorkload, pins: Pins | null): Finding[] {
  const hooks = ownHooks(observed.snapshot);
  const reason = hooks.size === 0 ? null : reasonOf(observed);
  const attached = [...hooks.values()].map(({ hook, program, pin }) => ({
    hook,
    detail: `${hook}: program ${program}, ${pin ?? ''}`,
  }));
  return [
    ...(reason === null ? [] : [hookFinding(observed, 'attached', attached, reason)]),
    ...(pins === null ? [] : [...danglingFindings(observed, pins), ...accelerationFindings(observed, pins)]),
  ];
}
