import { randomUUID } from 'node:crypto';
import type { Agent } from '../../nodes/agent/agent';
import type { Params, WatchChanged } from '../../nodes/agent/protocol';
import { Disposable } from '../dispose';

/** What is looked at again and again. Attachments always are: they tell of a switch made by somebody else. */
export interface Wanted {
  rulesets: boolean;
  maps: readonly number[];
  /** Milliseconds. */
  interval: number;
}

/** What of the rules somebody has already, whose text need not be told. */
export type Known = Params<'watch/start'>['known'];

/** What of that is on the screen. */
export type Seen = Omit<Params<'watch/visible'>, 'watch'>;

const NOTHING: Seen = { rulesets: [], maps: [] };

/** One watch of the agent over one workload: runs as long as something is wanted. */
export class Watch extends Disposable {
  readonly #agent: Agent;
  readonly #workloadId: string;
  readonly #id = `inspector-${randomUUID()}`;
  readonly #known: () => Known;
  readonly #failed: (error: unknown) => void;
  #running: string | null = null;
  /** What the agent was told to be seen, of the watch that runs. */
  #seen = JSON.stringify(NOTHING);

  /** `known`: what is shown of the rules when a watch begins. `failed` hears why one could not be started. */
  constructor(
    agent: Agent,
    workloadId: string,
    known: () => Known,
    changed: (change: WatchChanged) => void,
    failed: (error: unknown) => void,
  ) {
    super();
    this.#agent = agent;
    this.#workloadId = workloadId;
    this.#known = known;
    this.#failed = failed;
    const unsubscribe = agent.on('watch/changed', (change) => {
      if (change.watch === this.#id && this.#running !== null) changed(change);
    });
    this._register({ dispose: unsubscribe });
  }

  /**
   * Starts, changes or (null) stops the watch. The first notification after a change is whole, but for rules that are known;
   * that something else of it is seen is no change.
   */
  want(wanted: Wanted | null, seen: Seen = NOTHING): void {
    const key = wanted && JSON.stringify(wanted);
    if (key !== this.#running) this.#start(wanted, key);
    if (wanted) this.#see({ rulesets: wanted.rulesets ? seen.rulesets : [], maps: seen.maps });
  }

  #start(wanted: Wanted | null, key: string | null): void {
    this.#running = key;
    this.#seen = JSON.stringify(NOTHING);
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
            known: wanted.rulesets ? this.#known() : [],
          });
    request.catch((error: unknown) => {
      if (this.#running === key && key !== null) {
        this.#running = null;
        this.#failed(error);
      }
    });
  }

  /** Rules are counted, and entries of maps read, as far as they are seen. */
  #see(what: Seen): void {
    const seen = JSON.stringify(what);
    if (seen === this.#seen) return;
    this.#seen = seen;
    this.#agent.request('watch/visible', { watch: this.#id, ...what }).catch((error: unknown) => {
      // Where the watch could not be started, that has been told.
      if (this.#running !== null && this.#seen === seen) this.#failed(error);
    });
  }

  override dispose(): void {
    this.want(null);
    super.dispose();
  }
}
