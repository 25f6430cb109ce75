import type { Pod } from '../../playground/pod';
import { run } from '../../playground/run';
import type { Call, MapRef } from '../../src/core/redirect';
import type { Agent } from '../../src/nodes/agent/agent';
import { timed } from './measure';

/** Makes the calls of a plan with nothing around them: by the tool itself, or by an agent on this machine. */
export class Bare {
  readonly #agent: Agent;
  readonly #pod: Pod;
  #load = '';
  readonly #maps = new Map<string, number>();

  constructor(agent: Agent, pod: Pod) {
    this.#agent = agent;
    this.#pod = pod;
  }

  /** Gives the milliseconds that it took; none for what only looks. */
  async make(call: Call): Promise<number> {
    switch (call.verb) {
      case 'iptables/restore':
        return timed(() => this.#restore(call));
      case 'bpf/load':
        return timed(() => this.#loadObject(call));
      case 'bpf/attach':
        return timed(() => this.#agent.request(call.verb, { ...call.params, load: this.#load }));
      case 'listeners/adopt':
        return timed(() =>
          this.#agent.request(call.verb, { ...call.params, map: this.#map(call.params.map) }),
        );
      case 'bpf/detach':
        return timed(() => this.#agent.request(call.verb, call.params));
      case 'acceleration/stop':
        return timed(() => this.#agent.request(call.verb, call.params));
      case 'maps/update':
        return timed(() => this.#agent.request(call.verb, call.params));
      case 'conntrack/forget':
      case 'workload/verify':
        return 0;
    }
  }

  async #restore({ params }: Extract<Call, { verb: 'iptables/restore' }>): Promise<void> {
    const tool = params.family === 'ipv4' ? 'iptables' : 'ip6tables';
    const inside = ['nsenter', `--net=/run/netns/${this.#pod.namespace}`, '--'];
    await run([...inside, `${tool}-${params.backend}-restore`, '--noflush'], params.text);
  }

  async #loadObject({ verb, params }: Extract<Call, { verb: 'bpf/load' }>): Promise<void> {
    const { load, maps } = await this.#agent.request(verb, params);
    this.#load = load;
    this.#maps.clear();
    for (const { name, id } of maps) this.#maps.set(name, id);
  }

  #map(map: MapRef | number): number {
    const id = typeof map === 'number' ? map : this.#maps.get(map.name);
    if (id === undefined) throw new Error('a map is named that was not loaded');
    return id;
  }
}
