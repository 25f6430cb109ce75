import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Daemon } from '../../playground/daemon';
import { run } from '../../playground/run';
import { runPod, type CriPod } from './cri-call';
import { eventually } from './fixture';
import { Through } from './through';

const IMAGE = 'test.local/pause:1';
/** Of the pods' cgroups: no kubelet is there who would take it away again. */
const CGROUP = 'mr-test-cri';
/** As images call it. */
const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'amd64',
  arm64: 'arm64',
};
const PAUSE = '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n';

/** The end of a pod's network is none of ours: a network plugin that says it has given an address. */
const PLUGIN = `#!/bin/sh
case $CNI_COMMAND in
VERSION) echo '{"cniVersion":"0.4.0","supportedVersions":["0.4.0"]}' ;;
ADD) printf '{"cniVersion":"0.4.0","interfaces":[{"name":"%s","sandbox":"%s"}],"ips":[{"version":"4","address":"10.244.0.9/32","interface":0}]}' "$CNI_IFNAME" "$CNI_NETNS" ;;
esac
`;

const config = (at: string): string => `version = 2
root = "${at}/root"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${IMAGE}"
restrict_oom_score_adj = true
disable_apparmor = true
[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "native"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${at}/cni"
conf_dir = "${at}/cni"
`;

/**
 * A node whose containerd makes pods as the kubelet has it make them: through its CRI plugin. It is this machine with processes,
 * and a /run, of its own, so that nothing of it is left when it ends.
 */
export class CriNode {
  readonly #directory: string;
  readonly #daemon: Daemon;
  /** Its first process, as this machine numbers it. */
  readonly #init: number;

  private constructor(directory: string, daemon: Daemon, init: number) {
    this.#directory = directory;
    this.#daemon = daemon;
    this.#init = init;
  }

  static async start(): Promise<CriNode> {
    const directory = await mkdtemp(join(tmpdir(), 'mesh-redirect-cri-'));
    await mkdir(join(directory, 'cni'));
    await writeFile(join(directory, 'config.toml'), config(directory));
    await writeFile(
      join(directory, 'cni', 'test.conf'),
      '{"cniVersion":"0.4.0","name":"test","type":"test"}',
    );
    for (const name of ['test', 'loopback'])
      await writeFile(join(directory, 'cni', name), PLUGIN, { mode: 0o755 });
    const script = 'mount -t tmpfs run /run && exec containerd --config "$1" --log-level error';
    const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const daemon = new Daemon(
      [...unshare, 'sh', '-ec', script, 'sh', join(directory, 'config.toml')],
      () => undefined,
    );
    let init = '';
    await eventually(async () => {
      if (!daemon.running) throw new Error(`containerd has ended: ${daemon.stderr}`);
      init = (await readFile(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8')).trim();
      return init !== '';
    });
    const node = new CriNode(directory, daemon, Number(init));
    await eventually(() =>
      node.#ctr('version').then(
        () => true,
        () => false,
      ),
    );
    await node.#ctr('images', 'import', await writePauseImage(directory));
    return node;
  }

  /** Runs commands in it. */
  get runner(): Through {
    return new Through(...this.#enter);
  }

  /** Has a pod made, as the kubelet does. */
  async runPod(pod: CriPod): Promise<void> {
    const socket = `/proc/${this.#init}/root/run/containerd/containerd.sock`;
    const logs = join(this.#directory, 'logs');
    await runPod(socket, { ...pod, cgroup: `/${CGROUP}/pod${pod.uid}`, logs });
  }

  async stop(): Promise<void> {
    // With its first process everything in it ends, and with the last what is mounted there.
    await this.#daemon.stop('SIGKILL');
    await eventually(removeCgroups);
    await rm(this.#directory, { recursive: true });
  }

  get #enter(): [string, ...string[]] {
    return ['nsenter', '--target', String(this.#init), '--mount', '--pid'];
  }

  #ctr(...args: string[]): Promise<unknown> {
    return run([...this.#enter, 'ctr', '--namespace', 'k8s.io', ...args]);
  }
}

/** Removes the pods' cgroups, wherever cgroups are. False where one is not empty yet. */
async function removeCgroups(): Promise<boolean> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).matchAll(/^\S+ (\S+) cgroup2? /gm);
  const trees = [...mounts].map(([, mount = '']) => join(mount, CGROUP)).filter((tree) => existsSync(tree));
  for (const tree of trees)
    await run(['find', tree, '-depth', '-type', 'd', '-delete']).catch(() => undefined);
  return !trees.some((tree) => existsSync(tree));
}

/** An image with one program in it, which waits: the archive's name. */
async function writePauseImage(directory: string): Promise<string> {
  const layout = join(directory, 'image');
  const blobs = join(layout, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  execFileSync('cc', ['-static', '-x', 'c', '-o', join(directory, 'pause'), '-'], { input: PAUSE });
  const blob = async (type: string, bytes: Buffer): Promise<object> => {
    const hash = createHash('sha256').update(bytes).digest('hex');
    await writeFile(join(blobs, hash), bytes);
    return { mediaType: `application/vnd.oci.image.${type}`, digest: `sha256:${hash}`, size: bytes.length };
  };
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  const files = execFileSync('tar', ['-C', directory, '-c', 'pause'], { maxBuffer: 1 << 25 });
  const layer = await blob('layer.v1.tar', files);
  const rootfs = { type: 'layers', diff_ids: [(layer as { digest: string }).digest] };
  const settings = {
    architecture: ARCHITECTURES[process.arch],
    os: 'linux',
    config: { Entrypoint: ['/pause'] },
    rootfs,
  };
  const manifest = {
    schemaVersion: 2,
    config: await blob('config.v1+json', json(settings)),
    layers: [layer],
  };
  const named = {
    ...(await blob('manifest.v1+json', json(manifest))),
    annotations: { 'io.containerd.image.name': IMAGE },
  };
  await writeFile(join(layout, 'index.json'), json({ schemaVersion: 2, manifests: [named] }));
  await writeFile(join(layout, 'oci-layout'), json({ imageLayoutVersion: '1.0.0' }));
  const archive = join(directory, 'pause.tar');
  execFileSync('tar', ['-C', layout, '-cf', archive, '.']);
  return archive;
}
