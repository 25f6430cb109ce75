import type { CommandLog } from '../nodes/node';
import { Disposable } from './dispose';
import { explain } from './errors';
import type { NodeRegistry } from './nodes/node-registry';
import { WorkloadEntry } from './nodes/workload-entry';
import type { Policies } from './policy/policies';
import { holderName } from './switching/holder';

/** Milliseconds between two looks at a workload that drains. */
const INTERVAL = 3000;

const drains = ({ node, observation, switchingTo }: WorkloadEntry): boolean =>
  switchingTo === null && !node.readOnly && observation.kind === 'observed' && observation.verdict.draining;

/**
 * Ends what a switch has left for older connections as soon as they have closed, where no keeper on the node waits for
 * them any more: also after VS Code was restarted, for it goes by what is observed. Looks only at workloads that drain.
 */
export class Drains extends Disposable {
  readonly #policies: Policies;
  readonly #log: CommandLog;
  readonly #objectsDirectory: string;
  readonly #timers = new Map<WorkloadEntry, NodeJS.Timeout>();

  /** `objectsDirectory` holds the BPF object and its manifest. */
  constructor(registry: NodeRegistry, policies: Policies, log: CommandLog, objectsDirectory: string) {
    super();
    this.#policies = policies;
    this.#log = log;
    this.#objectsDirectory = objectsDirectory;
    this._register(
      registry.onDidChange((changed) => {
        if (changed instanceof WorkloadEntry && drains(changed)) this.#wait(changed);
      }),
    );
  }

  override dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    super.dispose();
  }

  #wait(workload: WorkloadEntry): void {
    if (this.isDisposed || this.#timers.has(workload)) return;
    const look = (): void => {
      void this.#look(workload).finally(() => {
        this.#timers.delete(workload);
        if (drains(workload) && workload.node.state.kind === 'connected') this.#wait(workload);
      });
    };
    this.#timers.set(workload, setTimeout(look, INTERVAL));
  }

  /** Never rejects: a look that fails is told in the log, and the next one may succeed. */
  async #look(workload: WorkloadEntry): Promise<void> {
    if (workload.isDisposed || !drains(workload) || workload.node.state.kind !== 'connected') return;
    const { finishDrain } = await import('../redirect');
    try {
      const remaining = await finishDrain({
        connection: workload.node.connection().current,
        workloadId: workload.id,
        policy: await this.#policies.checked(workload),
        objectsDirectory: this.#objectsDirectory,
        holder: holderName(),
      });
      if (remaining === 0) await workload.observe();
    } catch (error) {
      const { message } = explain(error);
      const text = `Looking after older connections of ${workload.label}: ${message}`;
      this.#log.message({ node: workload.node.id, level: 'warn', text });
    }
  }
}
