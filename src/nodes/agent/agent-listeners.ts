import type { Unsubscribe } from './agent';
import { Listeners } from './listeners';
import { NOTIFICATIONS, type Notification, type Told } from './protocol';

/** The names of all that an agent tells by itself. */
export const NOTIFICATION_NAMES = Object.keys(NOTIFICATIONS) as Notification[];

type ByName = { readonly [N in Notification]: Listeners<Told<N>> };

/** Who listens to an agent, by what they listen to. */
export class AgentListeners {
  readonly #byName = Object.fromEntries(NOTIFICATION_NAMES.map((name) => [name, new Listeners()])) as ByName;

  on<N extends Notification>(name: N, listener: (told: Told<N>) => void): Unsubscribe {
    return this.#byName[name].add(listener);
  }

  emit<N extends Notification>(name: N, told: Told<N>): void {
    this.#byName[name].emit(told);
  }
}
