import { packageExtension } from '../../tools/package.mjs';
import { MAIN_JOB } from './main-job';
import { Screenshots } from './pages/screenshots';
import { Stage, type StageOptions } from './stage';

/* The demo speaks to a person at a terminal. */
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Starts the demo and stays until it is interrupted. */
export async function openDemo(options: { port?: number }): Promise<void> {
  const stage = await openStage({ ...options, nodeListed: true });
  const { client, server } = stage.playground;
  say(`
Open   ${stage.vscode.url}

Then try:
  1. Click the icon of Mesh Redirect in the activity bar, and connect ${stage.nodeAddress}
     (the plug beside it).
  2. ${client.namespace} calls ${server.namespace} all the time; FSM's own iptables rules redirect both. Click
     ${client.namespace}: its chains, with counters that grow.
  3. Press F1, and run "Mesh Redirect: Switch to eBPF". The view Maps then shows the map "origins":
     for each connection of the sidecar, the destination that the application asked for.
  4. Switch back, or run "Mesh Redirect: Remove Redirection". The requests below go on.

Ctrl-C ends all of it.
`);
  showTraffic(stage);
}

/** Does the main job once, through Chromium. Gives the exit code: 0 if every step was seen. */
export async function runHeadless(): Promise<number> {
  const stage = await openStage({});
  try {
    const workbench = await stage.openWorkbench();
    const screenshots = new Screenshots(workbench.page, {
      update: process.env['UPDATE_SCREENSHOTS'] === '1',
    });
    for (const step of MAIN_JOB) {
      const started = performance.now();
      try {
        await step.run({ stage, workbench, screenshots });
      } catch (error) {
        say(`  FAIL ${step.title}`);
        await screenshots.take('main-job-failed');
        throw error;
      }
      say(`  ok   ${step.title} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    }
    const { ok, failed } = stage.playground.traffic();
    say(
      `Every step was seen. ${ok} requests were answered, ${failed} failed. Pictures: ${screenshots.directory}`,
    );
    return 0;
  } catch (error) {
    say(error instanceof Error ? `${error.message} ${describeCause(error.cause)}` : String(error));
    return 1;
  } finally {
    await stage.close();
  }
}

async function openStage(options: Omit<StageOptions, 'vsix'>): Promise<Stage> {
  const vsix = await packageExtension();
  say('Starting two pods with sidecars, an sshd and VS Code ...');
  return Stage.open({ ...options, vsix, mode: 'iptables' });
}

/** One line that is rewritten, where there is a terminal to rewrite it on. */
function showTraffic({ playground }: Stage): void {
  if (!process.stdout.isTTY) {
    // Something has to keep this process alive until it is interrupted.
    setInterval(() => undefined, 2 ** 30);
    return;
  }
  setInterval(() => {
    const { ok, failed, lastError } = playground.traffic();
    const words = failed === 0 ? '0 failed' : `${failed} failed (last: ${String(lastError)})`;
    process.stdout.write(`\r\u001b[KRequests: ${ok} answered, ${words}`);
  }, 1000);
}

function describeCause(cause: unknown): string {
  if (cause === undefined || cause === null) return '';
  return cause instanceof Error ? `(${cause.message})` : `(last answer: ${JSON.stringify(cause)})`;
}
