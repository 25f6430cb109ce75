import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { APPLICATION_PORT } from '../../playground/application';
import { missingTool } from '../../src/nodes/kind/installed';
import type { Screenshots } from './pages/screenshots';
import { until } from './pages/until';
import type { Workbench } from './pages/workbench';
import type { Stage } from './stage';

/** Where the job is done. */
export interface Scene {
  stage: Stage;
  workbench: Workbench;
  screenshots: Screenshots;
}

export interface Step {
  /** What a person does, and what they then see. */
  title: string;
  run(scene: Scene): Promise<void>;
}

/** What the empty view says of kind where something has to be installed first. */
const TO_INSTALL = {
  engine: 'once Docker, nerdctl or Podman is installed, and kind',
  kind: 'once kind is installed',
};

/** As many requests as pass all kinds of connection that the client makes, several times. */
const REQUESTS = 40;

/** Requests kept being answered since the playground began, and go on. */
export async function trafficGoesOn({ playground }: Stage): Promise<void> {
  await playground.waitForRequests(REQUESTS);
  const { failed, lastError } = playground.traffic();
  assert.equal(failed, 0, `${failed} requests failed: ${String(lastError)}`);
}

/** Switches a workload through the palette, and waits until the tree says so. */
export async function switchWorkload(
  { stage, workbench }: Scene,
  workload: string,
  command: 'Switch to eBPF' | 'Switch to iptables' | 'Remove Redirection',
): Promise<void> {
  const verdict = {
    'Switch to eBPF': 'eBPF',
    'Switch to iptables': 'iptables',
    'Remove Redirection': 'none',
  };
  await workbench.choose(`Mesh Redirect: ${command}`, [/workload/i, workload]);
  const outcome = {
    'Switch to eBPF': 'now redirected by eBPF',
    'Switch to iptables': 'now redirected by iptables',
    'Remove Redirection': 'no longer redirected',
  };
  await workbench.notification(`The traffic of ${workload} on ${stage.nodeAddress} is ${outcome[command]}`);
  await workbench.nodes.waitForRow(workload, verdict[command]);
  await trafficGoesOn(stage);
}

/** Adds the stage's node through the palette, up to the question whether its key is to be trusted. */
export async function addNode({ stage, workbench: { quickInput } }: Scene): Promise<void> {
  await quickInput.ask('Mesh Redirect: Add SSH Node', 'Where is the node?');
  await quickInput.answer('Where is the node?', stage.nodeAddress);
  await quickInput.answerWithEntry('Private key', stage.sshd.identityFile);
}

/**
 * The main job, as a person does it: reach a node over SSH, see what redirects its workloads, switch one to eBPF and
 * back while its traffic goes on, and watch the chains and the maps. The test and `npm run demo -- --headless` run
 * the same steps, in this order.
 */
export const MAIN_JOB: readonly Step[] = [
  {
    title: 'the empty view says what there is to do',
    async run({ workbench: { nodes }, screenshots }) {
      await nodes.open();
      await nodes.waitForWelcome('Add SSH Node');
      const missing = await missingTool();
      if (missing !== null) await nodes.waitForWelcomeText(TO_INSTALL[missing]);
      await screenshots.take('1-welcome');
    },
  },
  {
    title: 'Add SSH Node objects to nonsense',
    async run({ workbench }) {
      await workbench.quickInput.ask('Mesh Redirect: Add SSH Node', 'Where is the node?');
      const complaint = await workbench.quickInput.complaintAbout('root@127.0.0.1:70000');
      assert.match(complaint, /70000 is not a port/);
      await workbench.quickInput.dismiss();
    },
  },
  {
    title: "Add SSH Node asks where and with which key, and shows the fingerprint of the host's key",
    async run(scene) {
      const { stage, workbench, screenshots } = scene;
      await addNode(scene);
      const { detail } = await workbench.dialog();
      assert.ok(detail.includes(fingerprint(stage.sshd.knownHostsFile)), detail);
      await screenshots.take('2-host-key');
    },
  },
  {
    title:
      'trusted, the key is remembered, and the tree shows the workloads and that iptables redirects them',
    async run({ stage, workbench, screenshots }) {
      await workbench.pressInDialog('Trust and Connect');
      await workbench.nodes.waitForRow(stage.nodeAddress, 'Linux');
      for (const pod of stage.playground.pods) await workbench.nodes.waitForRow(pod.namespace, 'iptables');
      // Debian wants the names in it hashed: ssh-keygen fails unless it finds this one.
      const known = join(stage.vscode.home, '.ssh', 'known_hosts');
      execFileSync('ssh-keygen', ['-F', `[127.0.0.1]:${stage.sshd.port}`, '-f', known]);
      await workbench.statusBar('1 node');
      await screenshots.take('3-nodes');
    },
  },
  {
    title: 'Inspect Rules shows the chains, and their counters grow in place',
    async run({ stage, workbench: { choose, inspector }, screenshots }) {
      const { namespace } = stage.playground.client;
      await choose('Mesh Redirect: Inspect Rules', [/workload/i, namespace]);
      await inspector.waitFor(namespace);
      await inspector.waitForVerdict('iptables');
      for (const name of ['INBOUND', 'IN_REDIRECT', 'OUTBOUND', 'OUT_REDIRECT']) {
        await inspector.waitForChain(`FSM_PROXY_${name}`);
      }
      const redirecting = 'REDIRECT --to-ports 15001';
      const isUnchanged = await inspector.mark(redirecting);
      const before = await inspector.hits(redirecting);
      await until('the redirecting rule counts', async () => (await inspector.hits(redirecting)) > before);
      assert.ok(await isUnchanged(), 'the row of the rule was replaced instead of updated');
      await screenshots.take('4-chains');
    },
  },
  {
    title: 'Switch to eBPF: the client, then the server, while requests go on',
    async run(scene) {
      const { stage, workbench, screenshots } = scene;
      const { client, server } = stage.playground;
      await switchWorkload(scene, client.namespace, 'Switch to eBPF');
      await screenshots.take('5-switched');
      await switchWorkload(scene, server.namespace, 'Switch to eBPF');
      await workbench.inspector.waitForVerdict('eBPF');
      await workbench.statusBar('eBPF');
    },
  },
  {
    title: "the map origins names the destination that the sidecar's connection had",
    async run({ stage, workbench, screenshots }) {
      await workbench.clearNotifications();
      await workbench.inspector.showView('Maps');
      await workbench.inspector.openMap('origins');
      await workbench.inspector.waitForEntry(`${stage.playground.server.address}:${APPLICATION_PORT}`);
      await screenshots.take('6-maps');
    },
  },
  {
    title: 'the inspector is at home in light and in high-contrast themes',
    async run({ workbench, screenshots }) {
      await workbench.useTheme('Light Modern', 'vs');
      await screenshots.take('7-light');
      await workbench.useTheme('Dark High Contrast', 'hc-black');
      await screenshots.take('8-high-contrast');
      await workbench.useTheme('Dark Modern', 'vs-dark');
    },
  },
  {
    title: 'Switch to iptables: back again, while requests go on',
    async run(scene) {
      const { inspector } = scene.workbench;
      for (const pod of scene.stage.playground.pods) {
        await switchWorkload(scene, pod.namespace, 'Switch to iptables');
      }
      await inspector.showView('Chains');
      await inspector.waitForVerdict('iptables');
      await inspector.waitForChain('FSM_PROXY_OUTBOUND');
    },
  },
  {
    title: 'Remove Redirection: nothing redirects any more, and requests go on',
    async run(scene) {
      for (const pod of scene.stage.playground.pods) {
        await switchWorkload(scene, pod.namespace, 'Remove Redirection');
        const { stdout } = await pod.run(['iptables-save']);
        // FSM_PROXY_HOLD may stay, and is reached from nowhere: connections that were redirected are still open.
        assert.doesNotMatch(stdout, /FSM_PROXY_(IN|OUT)|-j FSM_PROXY/);
      }
    },
  },
  {
    title: 'the log has every command that was run on the node',
    async run({ workbench, screenshots }) {
      await workbench.clearNotifications();
      await workbench.runCommand('Mesh Redirect: Show Log');
      for (const word of ['restore --noflush', '/agent-']) await workbench.waitForOutput(word);
      await screenshots.take('9-log');
    },
  },
  {
    title: 'once the older connections have closed nothing is left, without being asked',
    async run({ stage: { playground } }) {
      await playground.hush();
      for (const pod of playground.pods) {
        for (const save of ['iptables-save', 'ip6tables-save']) {
          await until(`${save} in ${pod.namespace} shows no rule of ours`, async () => {
            const { stdout } = await pod.run([save]);
            return !/^-A|FSM_PROXY/m.test(stdout);
          });
        }
      }
    },
  },
];

/** `SHA256:...` of the first key in a known_hosts file, as OpenSSH itself says it. */
function fingerprint(knownHosts: string): string {
  const said = execFileSync('ssh-keygen', ['-l', '-E', 'sha256', '-f', knownHosts], { encoding: 'utf8' });
  const found = /SHA256:\S+/.exec(said)?.[0];
  if (found === undefined) throw new Error(`ssh-keygen said: ${said}`);
  return found;
}
