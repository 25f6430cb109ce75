import { randomUUID } from 'node:crypto';
import type { Agent } from '../../nodes/agent/agent';
import type { WatchChanged } from '../../nodes/agent/protocol';
import { Disposable } from '../dispose';

/** What is looked at again and again. Attachments always are: they tell of a switch made by somebody else. */
export interface Wanted {
  rulesets: boolean;
  maps: readonly number[];
  /** Milliseconds. */
  interval: number;
}

/** One watch of the agent over one workload: runs as long as something is wanted. */
export class Watch extends Disposable {
  readonly #agent: Agent;
  readonly #workloadId: string;
  readonly #id = `inspector-${randomUUID()}`;
  readonly #failed: (error: unknown) => void;
  #running: string | null = null;

  /** `failed` hears why a watch could not be started. */
  constructor(
    agent: Agent,
    workloadId: string,
    changed: (change: WatchChanged) => void,
    failed: (error: unknown) => void,
  ) {
    super();
    this.#agent = agent;
    this.#workloadId = workloadId;
    this.#failed = failed;
    const unsubscribe = agent.on('watch/changed', (change) => {
      if (change.watch === this.#id && this.#running !== null) changed(change);
    });
    this._register({ dispose: unsubscribe });
  }

  /** Starts, changes or (null) stops the watch. The first notification after a change is whole. */
  want(wanted: Wanted | null): void {
    const key = wanted && JSON.stringify(wanted);
    if (key === this.#running) return;
    this.#running = key;
    const request =
      wanted === null
        ? this.#agent.request('watch/stop', { watch: this.#id })
        : this.#agent.request('watch/start', {
            watch: this.#id,
            workload: this.#workloadId,
            interval: wanted.interval,
            rulesets: wanted.rulesets,
            attachments: true,
            maps: [...wanted.maps],
          });
    request.catch((error: unknown) => {
      if (this.#running === key && key !== null) {
        this.#running = null;
        this.#failed(error);
      }
    });
  }

  override dispose(): void {
    this.want(null);
    super.dispose();
  }
}
