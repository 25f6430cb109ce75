import assert from 'node:assert/strict';
import type { Pod } from '../../../playground/pod';
import type { Backend } from '../../../src/core/model';
import type { Mode } from '../../../src/core/redirect';
import { SwitchError, switchWorkload } from '../../../src/redirect';
import { FAMILIES, FOREIGN, foreignPart, foreignRules } from './foreign-rules';
import { World } from './world';

const BACKENDS: readonly Backend[] = ['nft', 'legacy'];

for (const backend of BACKENDS)
  describe(`rules of others (${backend})`, function () {
    this.timeout(180_000);
    let world: World;
    let before: Map<Pod, string>;
    let failedBefore: number;

    const tool = (family: 'ipv4' | 'ipv6', verb: string, by = backend) =>
      `${family === 'ipv4' ? 'iptables' : 'ip6tables'}-${by}-${verb}`;

    /** All of both families and back-ends that is not ours. */
    const foreign = async (pod: Pod): Promise<string> => {
      const parts: string[] = [];
      for (const family of FAMILIES)
        for (const by of BACKENDS)
          parts.push(foreignPart((await pod.run([tool(family, 'save', by)])).stdout));
      return parts.join('\n');
    };
    const load = async (pod: Pod, name: string): Promise<void> => {
      for (const family of FAMILIES)
        await pod.run([tool(family, 'restore'), '--noflush'], { input: foreignRules(name, family) });
    };
    const assertUntouched = async (when: string): Promise<void> => {
      for (const pod of world.playground.pods) {
        assert.equal(await foreign(pod), before.get(pod), `${pod.name}, ${when}`);
      }
      await world.playground.waitForRequests(20);
      const { failed, lastError } = world.playground.traffic();
      assert.equal(failed, failedBefore, `${when}: ${String(lastError)}`);
    };

    beforeEach(async () => {
      // FSM's rules stand between those of others, as on a node where they were written in turn.
      world = await World.start('foreign', { mode: 'none', iptables: backend, ipv6: true });
      const [first, ...rest] = FOREIGN;
      before = new Map();
      for (const pod of world.playground.pods) {
        await load(pod, first);
        await pod.redirectAsFsm(backend);
        for (const name of rest) await load(pod, name);
        before.set(pod, await foreign(pod));
      }
      // FSM's rules, written under traffic, reset what is open.
      await world.playground.waitForRequests(50);
      failedBefore = world.playground.traffic().failed;
    });
    afterEach(() => world.stop());

    it('are the same bytes after every switch, and after the last of ours has gone', async () => {
      for (const mode of ['ebpf', 'iptables', 'none', 'iptables', 'ebpf', 'none'] as const) {
        for (const pod of world.playground.pods) await switchWorkload(world.request(pod, mode));
        await assertUntouched(`switched to ${mode}`);
      }
      await world.playground.hush();
    });

    for (const [from, to] of [
      ['iptables', 'ebpf'],
      ['ebpf', 'iptables'],
      ['iptables', 'none'],
    ] as const)
      it(`are the same bytes after each step from ${from} to ${to} was taken back`, async () => {
        const { server } = world.playground;
        await switchWorkload(world.request(server, from));
        let steps = 0;
        while (await isTakenBack(server, to, steps + 1)) {
          steps += 1;
          await assertUntouched(`taken back from step ${steps}`);
        }
        assert.ok(steps > 2);
        await assertUntouched('carried out in the end');
      });

    /** Cancels a switch at a step. False if it has not so many, and was carried out. */
    const isTakenBack = async (pod: Pod, to: Mode, step: number): Promise<boolean> => {
      const abort = new AbortController();
      const onStep = (_: string, number: number): void => {
        if (number === step) abort.abort();
      };
      return await switchWorkload(world.request(pod, to, { signal: abort.signal, onStep })).then(
        () => false,
        (error: unknown) => {
          assert.ok(error instanceof SwitchError && error.kind === 'aborted', String(error));
          assert.equal(error.undone, 'undone');
          return true;
        },
      );
    };
  });
