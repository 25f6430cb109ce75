import * as vscode from 'vscode';
import {
  effectivePolicy,
  podSources,
  problemText,
  type EffectivePolicy,
  type Policy,
  type PolicySource,
  type Subject,
} from '../../core/policy';
import { Disposable } from '../dispose';
import type { WorkloadEntry } from '../nodes/workload-entry';
import type { Settings } from '../settings';
import type { PolicyFiles } from './policy-files';

/** What is said of a policy is wrong. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';

  constructor({ problems }: EffectivePolicy) {
    const errors = problems.filter(({ problem }) => problem.severity === 'error');
    super(errors.map(({ source, problem }) => problemText(source, problem)).join(' '));
  }
}

export function subjectOf({ node, label, pod }: WorkloadEntry): Subject {
  return { node: { id: node.id, label: node.node.label }, workload: label, pod };
}

/** The policy of each workload, from the settings and the workspace's files. The only place that others ask. */
export class Policies extends Disposable {
  readonly #settings: Settings;
  readonly #files: PolicyFiles;
  readonly #changed = this._register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  /** What is said in the settings and the files, as long as that is the same: workloads are observed by the thousand. */
  #written: Promise<readonly PolicySource[]> | null = null;

  constructor(settings: Settings, files: PolicyFiles) {
    super();
    this.#settings = settings;
    this.#files = files;
    for (const source of [settings.onDidChangePolicy, files.onDidChange]) {
      this._register(
        source(() => {
          this.#written = null;
          this.#changed.fire();
        }),
      );
    }
  }

  async effective(subject: Subject): Promise<EffectivePolicy> {
    this.#written ??= this.#read();
    return effectivePolicy([...(await this.#written), ...podSources(subject)], subject);
  }

  async #read(): Promise<readonly PolicySource[]> {
    return [...this.#settings.policySources(), ...(await this.#files.sources())];
  }

  /** What a workload is observed under: while something is wrong, the rest of what is said. */
  async observed(workload: WorkloadEntry): Promise<Readonly<Policy>> {
    const { policy, best } = await this.effective(subjectOf(workload));
    return policy ?? best;
  }

  /** What a switch declares: rejects with PolicyError where anything is wrong, for a switch must not guess. */
  async checked(workload: WorkloadEntry): Promise<Policy> {
    const effective = await this.effective(subjectOf(workload));
    if (effective.policy === null) throw new PolicyError(effective);
    return effective.policy;
  }
}
