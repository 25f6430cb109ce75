import assert from 'node:assert/strict';
import { Load } from '../../../playground/load';
import { run } from '../../../playground/run';
import { buildAgent } from '../../../tools/build-agent.mjs';
import { eventually } from '../agent/harness';
import { World } from '../redirect/world';
import { Killing, type Goal } from './killing';

const NONE: Goal = { mode: 'none', backend: 'nft' };
const NFT: Goal = { mode: 'iptables', backend: 'nft' };
const LEGACY: Goal = { mode: 'iptables', backend: 'legacy' };
const EBPF: Goal = { mode: 'ebpf', backend: 'nft' };

/** What else is tried than to take back. */
type More = 'unconfirmed' | 'recovery';

/** Every pair of modes; and rules that change their back-end, the only ones whose undo leaves a hold behind. */
const PAIRS: readonly [from: Goal, to: Goal, ...More[]][] = [
  [NONE, NFT],
  [NFT, EBPF],
  [EBPF, NFT],
  [LEGACY, NFT],
  [NFT, NONE, 'unconfirmed', 'recovery'],
  [NONE, EBPF],
  [EBPF, NONE, 'unconfirmed'],
];
const inWords = ({ mode, backend }: Goal): string => (mode === 'iptables' ? `rules in ${backend}` : mode);

interface OwnSettings {
  formatted?: { value: { netns_cookie: number } };
}

/** The maps of eBPF mode that the kernel still has for these workloads: they may be held by nothing that is seen. */
async function mapsOf(workloads: readonly string[]): Promise<string[]> {
  const { stdout } = await run(['bpftool', 'map', 'show', '-j']);
  const settings = (JSON.parse(stdout) as { id: number; name?: string }[]).filter(
    ({ name }) => name === 'settings',
  );
  const owners = settings.map(async ({ id }) => {
    // One that has gone meanwhile is nobody's.
    const dump = await run(['bpftool', 'map', 'dump', 'id', String(id), '-j']).catch(() => ({
      stdout: '[]',
    }));
    const [entry] = JSON.parse(dump.stdout) as OwnSettings[];
    return `c${entry?.formatted?.value.netns_cookie ?? 0}`;
  });
  return (await Promise.all(owners)).filter((owner) => workloads.includes(owner));
}

describe('a switch of which somebody is killed', function () {
  this.timeout(300_000);
  let world: World;
  let load: Load;
  let pods: readonly Killing[];

  before(async () => {
    const faulty = await buildAgent({ kind: 'faults' });
    world = await World.start('killed', { mode: 'none', ipv6: true });
    await world.playground.hush();
    const { client, server } = world.playground;
    load = await Load.start(client, server, { rate: 40, families: ['ipv4', 'ipv6'] });
    pods = [client, server].map((pod) => new Killing(world, pod, faulty));
  });
  after(async () => {
    const { failures, errors } = await load.stop();
    const workloads = pods.map(({ workload }) => workload);
    await world.stop();
    assert.deepEqual([failures.all, errors], [0, []]);
    await eventually(async () => {
      assert.deepEqual(await mapsOf(workloads), []);
    });
  });

  /** Tries every moment, shared by the pods, until there are no more; gives their number. */
  const everyMoment = async (
    first: number,
    attempt: (pod: Killing, moment: number) => Promise<boolean>,
    among = pods,
  ): Promise<number> => {
    let next = first;
    const more = async (pod: Killing): Promise<number> => {
      for (;;) {
        const moment = next++;
        if (!(await attempt(pod, moment))) return moment;
      }
    };
    return Math.min(...(await Promise.all(among.map(more))));
  };
  const flows = async (): Promise<void> => {
    const { ok } = load.totals().new;
    await load.until((totals) => totals.new.ok > ok + 10);
    const { failures, errors } = load.totals();
    assert.deepEqual([failures.all, errors], [0, []]);
  };

  for (const [from, to, ...more] of PAIRS)
    describe(`from ${inWords(from)} to ${inWords(to)}`, () => {
      const before = new Map<Killing, unknown>();
      /** The first moment at which it is armed already. */
      let armed = Infinity;

      it('is taken back whole, at whatever moment its keeper is killed, also while it takes back', async () => {
        for (const pod of pods) {
          await pod.bring(from);
          before.set(pod, await pod.state());
        }
        const end = await everyMoment(1, async (pod, moment) => {
          const ending = await pod.cancelled(to, moment);
          await pod.recover();
          await pod.assertState(before.get(pod), `${ending} at moment ${moment}`);
          if (ending === 'killed after it was armed') armed = Math.min(armed, moment);
          return ending !== 'not killed';
        });
        assert.ok(armed > 10 && end > armed + 5, `${armed} moments until it is armed, and ${end} in all`);
        await flows();
      });

      if (more.includes('unconfirmed'))
        it('is whole one way or the other where it needs no confirmation', async () => {
          const after = new Map<Killing, unknown>();
          for (const pod of pods) {
            await pod.bring(to);
            after.set(pod, await pod.state());
            await pod.bring(from);
          }
          const confirmed = armed - 1;
          const end = await everyMoment(confirmed - 1, async (pod, moment) => {
            const ending = await pod.confirmed(to, moment);
            await pod.recover();
            const whole = moment < confirmed ? before : after;
            await pod.assertState(whole.get(pod), `${ending} at moment ${moment}`);
            if (whole === after) await pod.bring(from);
            return ending !== 'not killed';
          });
          assert.ok(end > confirmed + 1, `${end - confirmed} moments from when it is confirmed`);
          await flows();
        });

      if (more.includes('recovery'))
        it('is taken back whole where who recovers is killed, too', async () => {
          // Recoveries look after every workload: a second one would come to its help.
          const [alone] = pods;
          const recover = async (pod: Killing, moment: number): Promise<boolean> => {
            assert.equal(await pod.cancelled(to, armed), 'killed after it was armed');
            const killed = await pod.recoveryKilled(moment);
            await pod.recover();
            await pod.assertState(before.get(pod), `recovery killed at moment ${moment}`);
            return killed;
          };
          const end = await everyMoment(1, recover, alone ? [alone] : []);
          assert.ok(end > 5, `${end} moments`);
          await flows();
        });
    });
});
