import type { NodeResidue } from '../model';
import type { Finding } from './finding';
import { counted } from '../counted';

const OURS = { whose: 'Mesh Redirect', ticked: true };

/** What lies on the node beside its workloads: pins of workloads that are gone, links without a pin, journals, files. */
export function nodeFindings({ pins, links, files, journals }: NodeResidue): Finding[] {
  return [
    ...journals
      .filter(({ kept }) => !kept)
      .map((journal): Finding => ({
        ...OURS,
        id: `journal/${journal.workload}/${journal.switch}`,
        kind: 'journal',
        title: `A switch was cut off and not taken back: ${journal.title} (${journal.holder})`,
        details: [`${journal.workload}: ${journal.state}, begun ${new Date(journal.started).toISOString()}`],
        removal: [{ verb: 'switch/recover', params: {} }],
      })),
    ...pins
      .filter(({ gone }) => gone)
      .map(({ workload, hooks, accelerated }): Finding => ({
        ...OURS,
        id: `pins/${workload}`,
        kind: 'pins',
        title: `${counted(hooks.length, 'pin')} of workload ${workload}, which is gone`,
        details: [
          `mesh-redirect/${workload}`,
          ...hooks.map((hook) => `mesh-redirect/${workload}/${hook}`),
          ...(accelerated ? ['links of acceleration'] : []),
        ],
        removal: [
          ...(accelerated ? [{ verb: 'acceleration/stop', params: { workload } } as const] : []),
          { verb: 'bpf/detach', params: { workload, hooks } },
        ],
      })),
    ...links.map(({ id, hook, program }): Finding => ({
      ...OURS,
      id: `link/${id}`,
      kind: 'link',
      title: `A program of Mesh Redirect is attached by a link that is pinned nowhere: ${program} on ${hook}`,
      details: [`link ${id}: ${program} on ${hook}`],
      removal: [{ verb: 'residue/remove', params: { links: [id], files: [] } }],
    })),
    ...files.map(({ path, size }): Finding => ({
      ...OURS,
      id: `file/${path}`,
      kind: 'file',
      title: `A file that is not needed any more: ${path}`,
      details: [`${path} (${counted(size, 'byte')})`],
      removal: [{ verb: 'residue/remove', params: { links: [], files: [path] } }],
    })),
  ];
}
