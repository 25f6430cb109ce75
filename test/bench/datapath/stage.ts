import type { Daemon } from '../../../playground/daemon';
import { startServers } from '../../../playground/load';
import { LoadClient, type LoadTotals } from '../../../playground/load-client';
import { Playground } from '../../../playground/playground';
import type { Pod } from '../../../playground/pod';
import type { Options } from './datapath';
import type { Sample } from './results';
import { OTHERS_JUMPS, othersRules, type Unrelated } from './rules';
import { SERVER_PORT, type Ways, type Variant } from './variants';
import type { Workload } from './workloads';

/** Milliseconds at the beginning of each sample that do not count. */
const WARMUP = 100;

/** Two pods that are redirected in one way for as long as the bench runs, so that nothing has to be switched in between. */
export class Stage {
  readonly variant: Variant;
  readonly #playground: Playground;
  readonly #servers: readonly Daemon[];
  readonly #ways: Ways;
  #unrelated: Unrelated | null = null;
  #hasOthers = false;

  private constructor(variant: Variant, playground: Playground, servers: readonly Daemon[], ways: Ways) {
    this.variant = variant;
    this.#playground = playground;
    this.#servers = servers;
    this.#ways = ways;
  }

  static async start(
    variant: Variant,
    ways: Ways,
    { prefix, processors }: Pick<Options, 'prefix' | 'processors'>,
  ): Promise<Stage> {
    const playground = await Playground.start({
      prefix: `${prefix}-${variant.name}`,
      processors: { client: processors, server: processors },
    });
    try {
      await playground.hush();
      await variant.redirect(playground, ways);
      return new Stage(variant, playground, await startServers(playground.pods), ways);
    } catch (error) {
      variant.clear?.();
      await playground.stop();
      throw error;
    }
  }

  /**
   * Gives both pods so many unrelated rules, or where the variant needs none their like, and takes away those that they
   * had. Connections stay tracked once rules were translating.
   */
  async burden(unrelated: Unrelated | null): Promise<void> {
    const before = this.#unrelated;
    this.#unrelated = unrelated;
    if (before?.kind === 'exclusions' && unrelated?.kind !== 'exclusions')
      await this.variant.exclude(this.#pods, 0, this.#ways);
    if (unrelated?.kind === 'exclusions') await this.variant.exclude(this.#pods, unrelated.count, this.#ways);
    else if (unrelated) await this.#addOthers(unrelated.kind, unrelated.count);
  }

  async #addOthers(kind: 'inert' | 'translating', count: number): Promise<void> {
    const inputs = [...(this.#hasOthers ? [] : [OTHERS_JUMPS]), othersRules(kind, count)];
    for (const pod of this.#pods)
      for (const input of inputs)
        await pod.run([`iptables-${this.variant.backend}-restore`, '--noflush'], { input });
    this.#hasOthers = true;
  }

  get #pods(): readonly Pod[] {
    return this.#playground.pods;
  }

  /**
   * Puts load on for so many milliseconds.
   * @throws Error if one request was not answered right, or went past a sidecar
   */
  async sample(workload: Workload, duration: number): Promise<Sample> {
    const { client, server } = this.#playground;
    const { via } = this.variant;
    const load = new LoadClient(client, server, {
      ...workload.load,
      ...(via === undefined ? {} : { via }),
      ports: [SERVER_PORT],
      sidecar: true,
      warmup: WARMUP,
      interval: duration,
    });
    await load.until(() => true);
    const before = await this.#cpuTime();
    const counted = await load.until(() => true);
    const busy = (await this.#cpuTime()) - before;
    this.#check(workload, await load.stop());
    return sampleOf(workload, counted, busy);
  }

  #check(workload: Workload, { failures, errors }: LoadTotals): void {
    if (failures.all === 0) return;
    const where = `${this.variant.title}, ${workload.name}`;
    throw new Error(`${where}: ${failures.all} requests failed\n${errors.join('\n')}`);
  }

  /** Microseconds of processor time of both pods: application, sidecars, server, and their packets' softirqs. */
  async #cpuTime(): Promise<number> {
    const times = await Promise.all(this.#pods.map(({ cgroup }) => cgroup.cpuTime()));
    return times.reduce((sum, time) => sum + time, 0);
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) await server.stop();
    this.variant.clear?.();
    await this.#playground.stop();
  }
}

/** @param busy microseconds of processor time */
function sampleOf({ counts }: Workload, { milliseconds, requests, bytes }: LoadTotals, busy: number): Sample {
  if (requests.ok === 0) throw new Error('no request was answered in the time of a sample');
  const perSecond = counts === 'bytes' ? (bytes * 1000) / milliseconds : requests.perSecond;
  const done = counts === 'bytes' ? bytes : requests.ok;
  return { perSecond, p50: requests.p50, p99: requests.p99, cpu: busy / done };
}
