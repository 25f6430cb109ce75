import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import ssh2, { type Connection as SshConnection, type ServerChannel } from 'ssh2';
import { AgentFiles } from '../../src/nodes';
import { SimulatedNode } from './agent';

/** What the survey of a node prints that has its agent, which then is in its place. */
const surveyOf = (sha256: string): string =>
  [
    ...['uname=Linux 6.18.0 x86_64', 'user=root', 'root=login', 'entered=0'],
    ...['directory=/var/lib/mesh-redirect', `agent=${sha256}`, 'start=agent'],
  ]
    .map((line) => `mesh-redirect:${line}\n`)
    .join('');

/**
 * Many nodes behind one port of this process: each has an address of its own on loopback, and an agent of its own behind
 * its protocol. Nothing runs on them, so that there may be hundreds.
 */
export class Fleet {
  readonly nodes: readonly SimulatedNode[];
  readonly directory: string;
  readonly identityFile: string;
  readonly knownHostsFile: string;
  /** By node: SSH connections that are open, and agents that were started. */
  readonly connections = new Map<SimulatedNode, number>();
  readonly agents = new Map<SimulatedNode, number>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sha256: string;

  private constructor(nodes: readonly SimulatedNode[], directory: string, sha256: string) {
    this.nodes = nodes;
    this.directory = directory;
    this.#sha256 = sha256;
    this.identityFile = path.join(directory, 'key');
    this.knownHostsFile = path.join(directory, 'known_hosts');
    const hostKey = path.join(directory, 'host');
    for (const file of [this.identityFile, hostKey])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    const hostKeys = [readFileSync(hostKey)];
    // A server each: by what it is told of a client, the server could not tell whose it is. Its port is no name, for at the same
    // time connections to several addresses may come from the same one.
    const servers = new Map(
      nodes.map((node) => {
        const server = new ssh2.Server({ hostKeys }, (client) => {
          this.#greet(node, client);
        });
        return [this.address(node), server] as const;
      }),
    );
    this.#server = createServer((socket) => {
      this.#sockets.add(socket.on('close', () => this.#sockets.delete(socket)));
      const server = servers.get(socket.localAddress ?? '');
      if (server) server.injectSocket(socket);
      else socket.destroy();
    });
  }

  /** @param agentDirectory where the agents of the extension are: they are said to be on each node already */
  static async start(count: number, pods: number, agentDirectory: string): Promise<Fleet> {
    const agent = (await new AgentFiles(agentDirectory).load()).find(({ arch }) => arch === 'x86_64');
    if (!agent) throw new Error(`no agent in ${agentDirectory}`);
    const nodes = Array.from({ length: count }, (_, index) => new SimulatedNode(index, pods));
    const directory = mkdtempSync(path.join(tmpdir(), 'mesh-redirect-fleet-'));
    const fleet = new Fleet(nodes, directory, agent.sha256);
    await new Promise<void>((resolve) => fleet.#server.listen(0, '0.0.0.0', resolve));
    const key = readFileSync(path.join(directory, 'host.pub'), 'utf8').split(' ').slice(0, 2).join(' ');
    const lines = nodes.map((node) => `[${fleet.address(node)}]:${fleet.port} ${key}\n`);
    writeFileSync(fleet.knownHostsFile, lines.join(''));
    return fleet;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  address(node: SimulatedNode): string {
    const number = this.nodes.indexOf(node);
    return `127.9.${Math.floor(number / 200)}.${(number % 200) + 1}`;
  }

  /** The entries of the setting `meshRedirect.nodes`. */
  settings(): Record<string, unknown>[] {
    return this.nodes.map((node) => ({
      ...{ kind: 'ssh', host: this.address(node), port: this.port, user: 'root' },
      ...{ identityFile: this.identityFile, label: node.name },
    }));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.directory, { recursive: true });
  }

  #greet(node: SimulatedNode, client: SshConnection): void {
    this.#count(this.connections, node, 1);
    client
      .on('error', () => undefined)
      .on('close', () => {
        this.#count(this.connections, node, -1);
      });
    client.on('authentication', (context) => {
      context.accept();
    });
    client.on('session', (accept) => {
      accept().on('exec', (acceptExec, _reject, { command }) => {
        this.#run(node, command, acceptExec());
      });
    });
  }

  #run(node: SimulatedNode, command: string, channel: ServerChannel): void {
    const end = (text: string): void => {
      channel.write(text);
      channel.exit(0);
      channel.end();
    };
    if (command.includes('tasks list')) end(tasksOf(node));
    else if (command.includes('containers info')) end(podsOf(node, command));
    else {
      channel.write(surveyOf(this.#sha256));
      this.#count(this.agents, node, 1);
      node.serve(channel);
      channel.on('end', () => {
        channel.exit(0);
        channel.end();
      });
    }
  }

  #count(counts: Map<SimulatedNode, number>, node: SimulatedNode, more: number): void {
    counts.set(node, (counts.get(node) ?? 0) + more);
  }
}

/** What `ctr tasks list` and `ctr containers list` print. */
function tasksOf({ pods }: SimulatedNode): string {
  const tasks = pods.map(({ name, pid }) => `${name} ${pid} RUNNING\n`).join('');
  return `mesh-redirect:tasks\nTASK PID STATUS\n${tasks}mesh-redirect:sandboxes\n${pods.map(({ name }) => `${name}\n`).join('')}`;
}

/** What `ctr containers info` prints, of those that the command names. */
function podsOf({ pods }: SimulatedNode, command: string): string {
  const asked = pods.filter(({ name }) => command.includes(name));
  return asked
    .map(({ name, namespace, uid }) => {
      const prefix = 'io.kubernetes.pod';
      const labels = { [`${prefix}.name`]: name, [`${prefix}.namespace`]: namespace, [`${prefix}.uid`]: uid };
      return `mesh-redirect:sandbox\n${JSON.stringify({ ID: name, Labels: labels })}\n`;
    })
    .join('');
}
