import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import type { Pod } from '../../../playground/pod';
import type { Mode, Plan } from '../../../src/core/redirect';
import { preparePlan, readPolicyMaps } from '../../../src/redirect';
import type { Backend } from '../../../src/core/model';
import { TestAgent, eventually, until } from '../agent/harness';
import { pinDirectory } from '../agent/redirect-object';
import { journalFiles, keepersOf, newSwitch } from '../agent/switching';
import { writingTo, type World } from '../redirect/world';

/** How a switch came to its end: its keeper was killed before or after it was armed, or nobody was killed. */
export type Ending = 'killed' | 'killed after it was armed' | 'not killed';

/** Where a switch leads, with the back-end that plain `iptables` on the node means by then. */
export interface Goal {
  mode: Mode;
  backend: Backend;
}

/** No switch has so many. */
const NO_MOMENT = 1_000_000;

/** Switches of one pod of which somebody is killed. */
export class Killing {
  readonly #world: World;
  readonly #pod: Pod;
  /** The program that kills itself (tools/build-agent.mjs --faults). */
  readonly #faulty: string;
  /** What leads from where it is now to a goal. */
  readonly #plans = new Map<Goal, Plan>();

  constructor(world: World, pod: Pod, faulty: string) {
    this.#world = world;
    this.#pod = pod;
    this.#faulty = faulty;
  }

  get workload(): string {
    return this.#pod.workloadId;
  }

  /** Switches, and nobody is killed. */
  async bring(to: Goal): Promise<void> {
    assert.equal(await this.confirmed(to, NO_MOMENT), 'not killed');
    this.#plans.clear();
    await this.recover();
  }

  /** Has a switch carried out whose keeper is killed at the moment of this number, and cancels it once it is armed. */
  async cancelled(to: Goal, moment: number): Promise<Ending> {
    const agent = this.#killedAt(moment);
    const id = await this.#apply(agent, to, 60);
    const { state } = await this.#reaches(agent, id, ['lost', 'armed']);
    let ending: Ending = 'killed';
    if (state === 'armed') {
      const cancelled = this.#world.agent.client.request('switch/cancel', {
        ...{ workload: this.workload, switch: id },
      });
      await cancelled.catch(() => undefined); // where it is killed before it can answer
      const end = await this.#reaches(agent, id, ['lost', 'reverted']);
      ending = end.state === 'lost' ? 'killed after it was armed' : 'not killed';
    }
    await agent.stop();
    return ending;
  }

  /** Has a switch carried out that needs no confirmation, whose keeper is killed at this moment. */
  async confirmed(to: Goal, moment: number): Promise<Ending> {
    const agent = this.#killedAt(moment);
    const id = await this.#apply(agent, to, 0);
    const { state } = await this.#reaches(agent, id, ['lost', 'closed']);
    await agent.stop();
    return state === 'lost' ? 'killed' : 'not killed';
  }

  /** Recovers with an agent that is killed at this moment, or the keeper that it leaves. False if neither was. */
  async recoveryKilled(moment: number): Promise<boolean> {
    const agent = this.#killedAt(moment);
    await agent.client.request('switch/recover', {}).catch(() => undefined); // where it is killed
    await this.#keeperEnds();
    await agent.stop();
    return this.#files().length > 0;
  }

  /** Recovers, and waits until nothing of the switch is there any more: no file, no process, nothing kept. */
  async recover(): Promise<void> {
    const fresh = new TestAgent();
    const { recovered } = await fresh.client.request('switch/recover', {});
    await fresh.stop();
    const stuck = recovered.find((one) => one.workload === this.workload && one.outcome === 'undo-failed');
    assert.equal(stuck?.failure, undefined);
    await until(() => this.#files().length === 0 || undefined);
    await this.#keeperEnds();
  }

  /** All that redirects the pod: rules without counters, links with their pins, what the maps hold. */
  async state(): Promise<unknown> {
    const { snapshot, verdict } = await this.#world.observe(this.#pod);
    const maps = await readPolicyMaps(this.#world.agent.client, snapshot);
    const pins = await pinDirectory(this.workload);
    return {
      verdict: [verdict.kind, verdict.draining, verdict.missing],
      rules: snapshot.rulesets
        .map(({ family, backend, text }) => ({ family, backend, lines: withoutCounters(text) }))
        .filter(({ lines }) => lines.some((line) => /^-|^:\S+ -/.test(line))),
      links: snapshot.attachments
        .filter(({ pin }) => pin !== null)
        .map(({ hook, target, pin }) => ({ hook, target, pin })),
      pins: existsSync(pins) ? readdirSync(pins).sort() : [],
      maps: maps.map(({ map, entries }) => ({
        map,
        entries: entries.map(({ key, value }) => `${key} ${value}`).sort(),
      })),
    };
  }

  /** Asserts that the state is this one. What nothing waits for goes within moments, and not at once. */
  async assertState(state: unknown, when: string): Promise<void> {
    await eventually(async () => {
      assert.deepEqual(await this.state(), state, when);
    });
  }

  #killedAt(moment: number): TestAgent {
    return new TestAgent(['env', `MESH_REDIRECT_KILL_AT=${moment}`, this.#faulty]);
  }

  async #plan(to: Goal): Promise<Plan> {
    const known = this.#plans.get(to);
    if (known) return known;
    const { agent, info } = this.#world;
    const connection = { agent: agent.client, info: writingTo(info, to.backend) };
    const plan = await preparePlan(this.#world.request(this.#pod, to.mode, { connection }));
    // Programs that were attached again have maps of their own, which plans name.
    if (plan.from !== 'ebpf') this.#plans.set(to, plan);
    return plan;
  }

  async #apply(agent: TestAgent, to: Goal, deadline: number): Promise<string> {
    const { steps, closing, undoClosing } = await this.#plan(to);
    const id = newSwitch();
    await agent.client.request('switch/apply', {
      ...{ workload: this.workload, switch: id, holder: 'test@here', title: 'Killed' },
      ...{ deadline, drain: 60, steps, closing, undoClosing },
    });
    return id;
  }

  /** The first of these states that it reaches; fails where it fails by itself. */
  #reaches(agent: TestAgent, id: string, states: readonly string[]) {
    return until(() => {
      const told = agent.switches.filter((change) => change.switch === id);
      const failed = told.find(({ failure }) => failure !== undefined);
      if (failed) assert.fail(`it failed by itself: ${JSON.stringify(failed)}`);
      return told.find(({ state }) => states.includes(state));
    });
  }

  async #keeperEnds(): Promise<void> {
    await until(() => keepersOf(this.workload, 'redirect-keeper').length === 0 || undefined);
  }

  #files(): string[] {
    return journalFiles().filter((name) => name.includes(this.workload));
  }
}

const withoutCounters = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /^[-:]/.test(line))
    .map((line) => line.replace(/ \[\d+:\d+\]$/, ''));
