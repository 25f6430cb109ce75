import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Playground } from '../../playground/playground';
import type { Pod } from '../../playground/pod';
import { startSshd, type Sshd } from '../../playground/sshd';
import { DEFAULT_POLICY } from '../../src/core/policy';
import type { Mode } from '../../src/core/redirect';
import { NodeError, localNode, sshNode, type Connection } from '../../src/nodes';
import { keepConnected } from '../../src/nodes/keep';
import { AgentError } from '../../src/nodes/errors';
import { SwitchError, observe, switchWorkload } from '../../src/redirect';
import { Cable } from './cable';
import { NO_QUESTIONS, OwnAgent, Recorder, eventually, settingsFor } from './fixture';

const OBJECTS = join(import.meta.dirname, '..', '..', 'bpf', 'prebuilt');

const JOURNALS = '/run/mesh-redirect';

/** Most of the time is spent waiting for deadlines: several playgrounds, of two pods each, wait at once. */
const PREFIXES = ['t-cut-a', 't-cut-b', 't-cut-c'];

/** How often the cable is cut, at each of the pods: more than a hundred in all. */
const CUTS = 17;

/** Seconds that a switch waits for its confirmation: few, so that what was cut is taken back soon. */
const DEADLINE = 3;

describe('a switch whose SSH connection is cut', function () {
  this.timeout(600_000);
  let playgrounds: Playground[];
  let sshd: Sshd;
  let agent: OwnAgent;
  /** Looks on from the node itself. */
  let witness: Connection;

  before(async () => {
    playgrounds = [];
    for (const prefix of PREFIXES) playgrounds.push(await Playground.start({ prefix, mode: 'iptables' }));
    sshd = await startSshd();
    agent = await OwnAgent.create();
    witness = await localNode(agent.files).connect(options());
  });
  after(async () => {
    witness.dispose();
    await witness.agent.closed;
    await agent.remove();
    await sshd.stop();
    for (const playground of playgrounds) await playground.stop();
  });

  const pods = (): Pod[] => playgrounds.flatMap((playground) => playground.pods);

  const options = () => ({
    prompts: NO_QUESTIONS,
    log: new Recorder(),
    signal: AbortSignal.timeout(30_000),
  });

  /** What redirects a pod, apart from what stays for older connections. */
  async function stateOf(pod: Pod): Promise<{ kind: string; rules: string[]; hooks: string[] }> {
    const { verdict } = await observe(witness.agent, pod.workloadId, DEFAULT_POLICY);
    const rules = verdict.rules
      .filter(({ holding }) => !holding)
      .flatMap(({ redirection: { chains, jumps } }) => [
        ...chains
          .filter(({ name }) => name !== 'FSM_PROXY_HOLD')
          .flatMap(({ name, rules: specs }) => specs.map((spec) => `${name} ${spec}`)),
        ...jumps.map(({ chain, spec }) => `${chain} ${spec}`),
      ]);
    const redirecting = verdict.kind === 'ebpf' || verdict.kind === 'both' ? [...verdict.hooks.keys()] : [];
    return { kind: verdict.kind, rules, hooks: redirecting.sort() };
  }

  /** Nobody is at it any more: neither armed nor being taken back. */
  async function settled(pod: Pod): Promise<void> {
    await eventually(async () => {
      const { switches } = await witness.agent.request('switch/list', {});
      return switches.every(
        ({ workload, state }) => workload !== pod.workloadId || state === 'closing' || state === 'reverted',
      );
    });
  }

  /** Begins a switch, cuts the cable after so many milliseconds, and gives what it came to. */
  async function switchAndCut(
    pod: Pod,
    cable: Cable,
    to: Mode,
    milliseconds: number,
  ): Promise<'switched' | 'cut'> {
    cable.mend();
    const node = sshNode(settingsFor(sshd, { port: cable.port }), agent.files);
    // As the extension has it: made again by itself, which a switch must not wait for.
    const kept = await keepConnected(node, options());
    const { pid } = kept.info.agent;
    const cutting = sleep(milliseconds).then(() => {
      cable.cut();
    });
    try {
      await switchWorkload({
        connection: kept.current,
        reconnect: () => node.connect(options()),
        workloadId: pod.workloadId,
        policy: DEFAULT_POLICY,
        to,
        objectsDirectory: OBJECTS,
        holder: 'test@here',
        deadline: DEADLINE,
      });
      return 'switched';
    } catch (error) {
      const expected =
        error instanceof SwitchError || error instanceof NodeError || error instanceof AgentError;
      assert.ok(expected, String(error));
      return 'cut';
    } finally {
      await cutting;
      kept.dispose();
      await kept.agent.closed;
      // Until then it may still begin what it was handed just before the cut.
      await eventually(() => Promise.resolve(!existsSync(`/proc/${pid}`)));
    }
  }

  /** A cable to the sshd, whose host key is known at this end of it too. */
  async function knownCable(): Promise<Cable> {
    const cable = await Cable.to(sshd.port);
    sshd.knownAt(cable.port);
    return cable;
  }

  /** Goes to and fro; after each cut the pod is as before or as after, whole. */
  async function cutAgainAndAgain(
    playground: Playground,
    pod: Pod,
  ): Promise<Record<'switched' | 'before' | 'after', number>> {
    const seen = { switched: 0, before: 0, after: 0 };
    const cable = await knownCable();
    let duration = 600;
    for (let cut = 0; cut < CUTS; cut += 1) {
      const before = await stateOf(pod);
      const to: Mode = before.kind === 'ebpf' ? 'iptables' : 'ebpf';
      const begun = Date.now();
      const outcome = await switchAndCut(pod, cable, to, Math.random() * duration);
      await settled(pod);
      const after = await stateOf(pod);
      if (outcome === 'switched') {
        duration = Date.now() - begun;
        assert.equal(after.kind, to);
        seen.switched += 1;
      } else if (after.kind === before.kind) {
        assert.deepEqual(after, before);
        seen.before += 1;
      } else {
        // The confirmation had arrived, and its answer had not.
        assert.equal(after.kind, to);
        seen.after += 1;
      }
      await playground.waitForRequests(3);
    }
    await cable.remove();
    return seen;
  }

  it(`is whole after ${2 * CUTS * PREFIXES.length} cuts at random moments, and no request has failed`, async () => {
    const seen = await Promise.all(
      playgrounds.flatMap((playground) => playground.pods.map((pod) => cutAgainAndAgain(playground, pod))),
    );
    for (const { before } of seen) assert.ok(before > 0, `no cut met a switch: ${JSON.stringify(seen)}`);
    for (const playground of playgrounds) {
      const { failed, lastError } = playground.traffic();
      assert.equal(failed, 0, String(lastError));
    }
  });

  it('leaves nothing once the last connections have closed', async () => {
    for (const pod of pods()) {
      await switchWorkload({
        connection: witness,
        reconnect: () => localNode(agent.files).connect(options()),
        workloadId: pod.workloadId,
        policy: DEFAULT_POLICY,
        to: 'none',
        objectsDirectory: OBJECTS,
        holder: 'test@here',
      });
    }
    for (const playground of playgrounds) await playground.hush();
    const ours = new Set(pods().map(({ workloadId }) => workloadId));
    const isOurs = ({ workload }: { workload: string }): boolean => ours.has(workload);
    await eventually(async () => {
      const { switches } = await witness.agent.request('switch/list', {});
      return !switches.some(isOurs);
    });
    for (const pod of pods()) {
      for (const save of ['iptables-save', 'ip6tables-save']) {
        assert.doesNotMatch((await pod.run([save])).stdout, /FSM_PROXY|mesh-redirect/);
      }
      assert.equal((await stateOf(pod)).kind, 'none');
    }
    const { pins, journals } = await witness.agent.request('residue/list', {});
    assert.deepEqual([pins.filter(isOurs), journals.filter(isOurs)], [[], []]);
    await eventually(async () => (await agent.processes()).length === 1);
    const left = existsSync(JOURNALS) ? readdirSync(JOURNALS) : [];
    assert.deepEqual(
      left.filter((name) => ours.has(name.split('.')[0] ?? '')),
      [],
    );
  });
});
