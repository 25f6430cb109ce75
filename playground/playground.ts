import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { buildPlayground } from '../tools/build-playground.mjs';
import { Application, type Requests } from './application';
import { Cgroup, cgroup2Mount } from './cgroup';
import { onInterrupt } from './interrupts';
import { Pod, type PodName } from './pod';
import { run } from './run';

export interface PlaygroundOptions {
  /** Tells playgrounds that run side by side apart; the namespaces are `<prefix>-client` and `<prefix>-server`. */
  prefix?: string;
  /** `iptables`: both pods are redirected by the rules that FSM writes. */
  mode?: 'none' | 'iptables';
  /** Which iptables writes them; by default the one that plain `iptables` here means. */
  backend?: 'nft' | 'legacy';
  /** The client also calls the server's IPv6 address. */
  ipv6?: boolean;
  /** The processors that each pod's processes run on, by number; by default on any. */
  processors?: Partial<Record<PodName, readonly number[]>>;
}

/**
 * Two pods with sidecars, and an application in them that calls from one to the other. It needs root.
 *
 * Everything carries a name made of the prefix, so that what a killed run left is found and removed by the next. The
 * pods are joined by one veth pair and nothing else: no bridge, no address and no rule on this machine itself, so
 * nothing here meets another playground, Docker's firewall or the machine's own network.
 */
export class Playground {
  readonly client: Pod;
  readonly server: Pod;
  readonly #directory: string;
  readonly #group: Cgroup;
  readonly #forget: () => void;
  #application: Application | null = null;
  #stopped: Promise<void> | null = null;

  private constructor({ prefix = 'mr', processors = {} }: PlaygroundOptions, mount: string) {
    const group = prefix === 'mr' ? '/mesh-redirect-playground' : `/mesh-redirect-playground-${prefix}`;
    const pod = (name: PodName): Pod =>
      new Pod(name, prefix, new Cgroup(mount, `${group}/${name}`), this.#directory, processors[name] ?? []);
    this.#directory = `/run/mesh-redirect-playground-${prefix}`;
    this.#group = new Cgroup(mount, group);
    this.client = pod('client');
    this.server = pod('server');
    this.#forget = onInterrupt(() => this.stop());
  }

  /** Removes what was left under this prefix, builds it all anew, and resolves when requests are answered. */
  static async start(options: PlaygroundOptions = {}): Promise<Playground> {
    if (process.getuid?.() !== 0) throw new Error('the playground needs root: run this through sudo');
    buildPlayground();
    const playground = new Playground(options, await cgroup2Mount());
    try {
      await playground.#remove();
      await playground.#build(options);
    } catch (error) {
      await playground.stop();
      throw error;
    }
    return playground;
  }

  /** Removes what a killed run left under this prefix. */
  static async removeLeftovers(prefix = 'mr'): Promise<void> {
    buildPlayground();
    await new Playground({ prefix }, await cgroup2Mount()).stop();
  }

  get pods(): readonly Pod[] {
    return [this.client, this.server];
  }

  /** What became of the client's requests until now. */
  traffic(): Requests {
    return this.#running().requests();
  }

  /**
   * Resolves when `count` more requests have been answered well; rejects, saying why, if they are not.
   * @param patience milliseconds
   */
  waitForRequests(count: number, patience?: number): Promise<void> {
    return this.#running().waitForRequests(count, patience);
  }

  /** Ends the requests, and so the connections that they were made over. */
  hush(): Promise<void> {
    return this.#running().hush();
  }

  /** Ends its own processes and removes everything that it made. May be called again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#remove().finally(this.#forget);
    return this.#stopped;
  }

  async #build(options: PlaygroundOptions): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    for (const pod of this.pods) await pod.create();
    const ends = this.pods.map((pod) => ['name', 'eth0', 'netns', pod.namespace]);
    await run(['ip', 'link', 'add', ...(ends[0] ?? []), 'type', 'veth', 'peer', ...(ends[1] ?? [])]);
    const ipv6 = existsSync('/proc/sys/net/ipv6');
    for (const pod of this.pods) {
      await pod.configure(ipv6);
      await pod.sidecar.start();
      if (options.mode === 'iptables') await pod.redirectAsFsm(options.backend);
    }
    this.#application = await Application.start(this.client, this.server, { ipv6: options.ipv6 === true });
  }

  async #remove(): Promise<void> {
    await this.#application?.stop();
    for (const pod of this.pods) await pod.remove();
    await this.#group.remove();
    await rm(this.#directory, { recursive: true, force: true });
  }

  #running(): Application {
    if (!this.#application) throw new Error('the playground does not run');
    return this.#application;
  }
}
