import type { Call, MapRef } from '../core/redirect';
import type { Agent } from '../nodes/agent/agent';

/** Makes the calls of one plan, and remembers what they loaded for those that refer to it. */
export class Calls {
  readonly #agent: Agent;
  #load: string | null = null;
  readonly #maps = new Map<string, number>();

  constructor(agent: Agent) {
    this.#agent = agent;
  }

  /** One call. Rejects with AgentError or NodeError; with RangeError if it refers to something that was not loaded. */
  async make(call: Call): Promise<void> {
    switch (call.verb) {
      case 'iptables/restore':
        await this.#agent.request(call.verb, call.params);
        return;
      case 'bpf/load':
        await this.#loadObject(call);
        return;
      case 'bpf/attach':
        await this.#agent.request(call.verb, { ...call.params, load: this.#loaded() });
        return;
      case 'bpf/detach':
        await this.#agent.request(call.verb, call.params);
        return;
      case 'listeners/adopt':
        await this.#agent.request(call.verb, { ...call.params, map: this.#map(call.params.map) });
        return;
      case 'maps/update':
        await this.#agent.request(call.verb, call.params);
        return;
    }
  }

  async #loadObject({ verb, params }: Extract<Call, { verb: 'bpf/load' }>): Promise<void> {
    const { load, maps } = await this.#agent.request(verb, params);
    this.#load = load;
    this.#maps.clear();
    for (const { name, id } of maps) this.#maps.set(name, id);
  }

  #loaded(): string {
    if (this.#load === null) throw new RangeError('The plan attaches programs before it loads them.');
    return this.#load;
  }

  /** A map of this plan's load; one that was there before is known by its number. */
  #map(map: MapRef | number): number {
    if (typeof map === 'number') return map;
    const id = this.#maps.get(map.name);
    if (id === undefined) throw new RangeError(`The plan names the map ${map.name}, which was not loaded.`);
    return id;
  }
}
