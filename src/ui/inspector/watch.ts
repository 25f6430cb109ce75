import { randomUUID } from 'node:crypto';
import type { Agent } from '../../nodes/agent/agent';
import type { WatchChanged } from '../../nodes/agent/protocol';
import type { SeenRules } from '../../protocol/inspector';
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
  /** What the agent was told to be seen, of the watch that runs. */
  #seen = '[]';

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

  /**
   * Starts, changes or (null) stops the watch. The first notification after a change is whole; that other lines of the
   * rules are seen is no change. Gives whether it was started anew.
   */
  want(wanted: Wanted | null, seen: SeenRules = []): boolean {
    const key = wanted && JSON.stringify(wanted);
    const changes = key !== this.#running;
    if (changes) this.#start(wanted, key);
    if (wanted?.rulesets === true) this.#see(seen);
    return changes;
  }

  #start(wanted: Wanted | null, key: string | null): void {
    this.#running = key;
    this.#seen = '[]';
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

  /** Only what is seen of the rules is counted. */
  #see(rulesets: SeenRules): void {
    const seen = JSON.stringify(rulesets);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#agent.request('watch/visible', { watch: this.#id, rulesets }).catch((error: unknown) => {
      // Where the watch could not be started, that has been told.
      if (this.#running !== null && this.#seen === seen) this.#failed(error);
    });
  }

  override dispose(): void {
    this.want(null);
    super.dispose();
  }
}
