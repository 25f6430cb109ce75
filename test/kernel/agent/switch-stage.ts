import assert from 'node:assert/strict';
import type { Daemon } from '../../../playground/daemon';
import { AGENT, TestAgent, until } from './harness';
import { Pod } from './pod';
import { PrivateRun } from './private-run';
import { removePins } from './redirect-object';
import { applyParams, journalFiles, keepersOf, rulesOf, type Apply, type Step } from './switching';

/** A pod with a rule of somebody else's, and two agents with a /run of their own: what a test of a switch plays on. */
export class SwitchStage {
  readonly pod: Pod;
  readonly run: PrivateRun;
  readonly workload: string;
  /** The rules before any switch. */
  readonly before: string;
  agent: TestAgent;
  readonly other: TestAgent;

  private constructor(pod: Pod, run: PrivateRun, workload: string, before: string, agent: TestAgent) {
    this.pod = pod;
    this.run = run;
    this.workload = workload;
    this.before = before;
    this.agent = agent;
    this.other = this.newAgent();
  }

  /** @param argv how to run the first agent, in that /run */
  static async make(purpose: string, argv: readonly string[] = [AGENT]): Promise<SwitchStage> {
    const pod = await Pod.make(purpose);
    const run = await PrivateRun.make();
    for (const tool of ['iptables-nft', 'iptables-legacy'])
      await pod.run([tool, '-t', 'nat', '-A', 'OUTPUT', '-p', 'udp', '-j', 'ACCEPT']);
    const agent = new TestAgent(run.inside(argv));
    const { id } = await agent.workload(pod.name);
    return new SwitchStage(pod, run, id, await rulesOf(pod), agent);
  }

  newAgent(argv: readonly string[] = [AGENT]): TestAgent {
    return new TestAgent(this.run.inside(argv));
  }

  /** Holds the lock of the legacy tools until it is stopped. */
  holdLock(): ReturnType<Pod['holdLock']> {
    return this.pod.holdLock((argv) => this.run.inside(argv));
  }

  /** The names in the directory of its journals. */
  files(): string[] {
    return journalFiles(this.run.journals);
  }

  async apply(steps: Step[], more: Partial<Apply> = {}, by = this.agent): Promise<string> {
    const params = applyParams(this.workload, steps, more);
    assert.deepEqual(await by.client.request('switch/apply', params), {});
    return params.switch;
  }

  /** Applies it, and waits until it is armed. */
  async arm(steps: Step[], more: Partial<Apply> = {}): Promise<string> {
    const id = await this.apply(steps, more);
    await this.agent.switched(id, 'armed');
    return id;
  }

  confirm(id: string, by = this.other) {
    return by.client.request('switch/confirm', { workload: this.workload, switch: id });
  }

  cancel(id: string, by = this.other) {
    return by.client.request('switch/cancel', { workload: this.workload, switch: id });
  }

  async list(by = this.other) {
    const { switches } = await by.client.request('switch/list', {});
    return switches.filter(({ workload }) => workload === this.workload);
  }

  async recover(by = this.other) {
    const { recovered } = await by.client.request('switch/recover', {});
    return recovered.filter(({ workload }) => workload === this.workload);
  }

  rules(): Promise<string> {
    return rulesOf(this.pod);
  }

  /** The one process that keeps the workload's switch. */
  async keeper(): Promise<number> {
    return until(() => keepersOf(this.workload)[0]);
  }

  /** Kills the keeper as the kernel would, and waits until that is seen. */
  async killKeeper(): Promise<void> {
    for (const pid of keepersOf(this.workload)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        // What a keeper runs may end by itself just then.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await this.keeperEnds();
  }

  async keeperEnds(): Promise<void> {
    await until(() => keepersOf(this.workload).length === 0 || undefined);
  }

  /** A connection to a port of the pod that lasts until it is stopped; by default from no loopback address. */
  async connection(port: number, address = '198.51.100.7'): Promise<Daemon> {
    await this.pod.run(['ip', 'address', 'replace', '198.51.100.7/32', 'dev', 'lo']);
    return this.pod.startNode(`import net from 'node:net';
      const server = net.createServer().listen(${port}, '${address}');
      await new Promise((done) => server.once('listening', done));
      net.connect({ port: ${port}, host: '${address}', localAddress: '${address}' })
        .once('connect', () => console.log('ready'));`);
  }

  /** Asserts that no process and no file of a switch of the workload is there any more. */
  async nothingLeft(): Promise<void> {
    await this.keeperEnds();
    assert.deepEqual(this.files(), []);
  }

  async remove(): Promise<void> {
    await this.agent.stop();
    await this.killKeeper();
    await this.recover();
    await this.other.stop();
    await this.run.remove();
    await this.pod.remove();
    await removePins(this.workload);
  }
}
