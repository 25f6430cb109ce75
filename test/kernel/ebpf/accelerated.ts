import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Acceleration } from '../../../src/core/model';
import { connected, talk, type Connection } from './connection';
import type { Peer } from './peer';
import { APPLICATION, World } from './world';

/** The prebuilt object of acceleration. */
export const ACCELERATE = join(
  import.meta.dirname,
  ...['..', '..', '..', 'bpf', 'prebuilt', 'accelerate.bpf.o'],
);

/** More than TCP takes for a reader that has stopped, with the buffers that Linux gives it. */
export const FLOOD = 64 << 20;

/** Two processes in a pod that talk with each other, and one outside, whose connections can be accelerated. */
export class Accelerated {
  readonly world: World;
  readonly client: Peer;
  readonly server: Peer;
  readonly remote: Peer;
  #port = 8080;

  private constructor(world: World, client: Peer, server: Peer, remote: Peer) {
    this.world = world;
    this.client = client;
    this.server = server;
    this.remote = remote;
  }

  static async make(purpose: string): Promise<Accelerated> {
    const world = await World.make(purpose);
    const client = await world.pod.start(APPLICATION);
    const server = await world.pod.start(APPLICATION);
    return new Accelerated(world, client, server, await world.outside.start(APPLICATION));
  }

  async remove(): Promise<void> {
    await this.stop();
    await this.world.remove();
  }

  /** Of both pods. */
  async workloads(): Promise<string[]> {
    const { agent, pod, outside } = this.world;
    return Promise.all([pod, outside].map(async ({ name }) => (await agent.workload(name)).id));
  }

  /** Turns it on for both. */
  async start(bytes: Buffer = readFileSync(ACCELERATE)): Promise<void> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const object = bytes.toString('base64');
    for (const workload of await this.workloads())
      await this.world.agent.client.request('acceleration/start', { workload, object, sha256 });
  }

  async stop(): Promise<void> {
    for (const workload of await this.workloads())
      await this.world.agent.client.request('acceleration/stop', { workload });
  }

  /** What it has done in the pod. */
  async counts(): Promise<Acceleration> {
    const [workload = ''] = await this.workloads();
    const { acceleration } = await this.world.agent.client.request('snapshot', { workload });
    return acceleration ?? assert.fail('it is off');
  }

  /** A port that no connection has used. */
  newPort(): number {
    this.#port += 1;
    return this.#port;
  }

  /** A connection inside the pod. */
  local(options = {}): Promise<Connection> {
    return connected(this.client, this.server, '127.0.0.1', this.newPort(), options);
  }

  /** One that has joined. */
  async joined(): Promise<Connection> {
    const connection = await this.local();
    const { messages } = await this.counts();
    await talk(connection);
    assert.ok((await this.counts()).messages > messages, 'it did not join');
    return connection;
  }

  /** Packets without data do not come into the pod, for as long. */
  async withoutAcks(during: () => Promise<void>): Promise<void> {
    const rule = ['INPUT', '-p', 'tcp', '--tcp-flags', 'ALL', 'ACK', '-j', 'DROP'];
    await this.world.pod.run('iptables', '-A', ...rule);
    try {
      await during();
    } finally {
      await this.world.pod.run('iptables', '-D', ...rule);
    }
  }
}
