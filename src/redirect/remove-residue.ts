import type { Recovered } from '../core/model';
import type { Finding, Removal } from '../core/residue';
import { AgentError } from '../nodes/errors';
import { findAgain, type ResidueRequest } from './residue';

/** What became of something that was to be removed. */
export interface RemovedResidue {
  finding: Finding;
  /** `gone`: it was not there any more. `changed`: it is not what was shown, and was left alone. */
  outcome: 'removed' | 'gone' | 'changed' | 'failed';
  /** What to know about it; null where it was removed. */
  message: string | null;
}

/** Removes what was found, as long as it is what was shown. */
class Remover {
  readonly #request: ResidueRequest;
  #recovered: Promise<Recovered[]> | null = null;

  constructor(request: ResidueRequest) {
    this.#request = request;
  }

  async remove(finding: Finding): Promise<RemovedResidue> {
    try {
      return await (finding.kind === 'journal' ? this.#recover(finding) : this.#removeOther(finding));
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return { finding, outcome: 'failed', message: error.message };
    }
  }

  /** All journals are looked after by one request. */
  async #recover(finding: Finding): Promise<RemovedResidue> {
    const { agent } = this.#request.connection;
    this.#recovered ??= agent.request('switch/recover', {}).then(({ recovered }) => recovered);
    const one = (await this.#recovered).find(({ switch: id }) => finding.id.endsWith(`/${id}`));
    if (!one) return { finding, outcome: 'gone', message: 'Somebody has looked after it already.' };
    return one.outcome === 'undo-failed'
      ? { finding, outcome: 'failed', message: one.failure ?? 'It could not be taken back whole.' }
      : { finding, outcome: 'removed', message: null };
  }

  async #removeOther(finding: Finding): Promise<RemovedResidue> {
    const now = (await findAgain(this.#request, finding)).find(({ id }) => id === finding.id);
    if (!now) return { finding, outcome: 'gone', message: 'It is not there any more, or is in use again.' };
    if (!now.details.every((detail) => finding.details.includes(detail))) {
      return { finding, outcome: 'changed', message: 'It is not what it was when it was shown: look again.' };
    }
    for (const removal of now.removal) await this.#make(removal);
    return { finding, outcome: 'removed', message: null };
  }

  async #make(removal: Removal): Promise<void> {
    const { agent } = this.#request.connection;
    switch (removal.verb) {
      case 'iptables/restore':
        await agent.request(removal.verb, removal.params);
        return;
      case 'bpf/detach':
        await agent.request(removal.verb, removal.params);
        return;
      case 'acceleration/stop':
        await agent.request(removal.verb, removal.params);
        return;
      case 'residue/remove':
        await agent.request(removal.verb, removal.params);
        return;
      case 'switch/recover':
        await agent.request(removal.verb, removal.params);
        return;
    }
  }
}

/** Journals first: what they take back may be something else that was found. Doubled jumps before the rules they lead to. */
const ORDER: readonly Finding['kind'][] = [
  'journal',
  'jumps',
  'rules',
  'hold',
  'foreign-rules',
  'hooks',
  'pins',
  'link',
  'file',
];

/**
 * Removes the chosen findings, one after another, each looked at again just before: what is not as it was shown is left
 * alone. A failure of one does not keep the others. Aborting the signal ends it between two. Rejects with NodeError where
 * the node is lost.
 */
export async function removeResidue(
  request: ResidueRequest,
  chosen: readonly Finding[],
): Promise<RemovedResidue[]> {
  const remover = new Remover(request);
  const ordered = [...chosen].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  const removed: RemovedResidue[] = [];
  for (const finding of ordered) {
    if (request.signal?.aborted === true) break;
    removed.push(await remover.remove(finding));
  }
  return removed;
}
