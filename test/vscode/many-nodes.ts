import { copyFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { packageExtension } from '../../tools/package.mjs';
import { startVscode } from '../../tools/vscode-host.mjs';
import { Fleet } from '../simulated/fleet';
import { InspectedHost } from './inspected-host';
import { launchBrowser } from './pages/browser';
import { until } from './pages/until';
import { Workbench } from './pages/workbench';

/** Simulated nodes, and a real VS Code that knows some of them. */
export interface ManyNodes {
  fleet: Fleet;
  host: InspectedHost;
  workbench: Workbench;
  /** Has VS Code know so many of the nodes. */
  know(count: number): Promise<void>;
  /** Waits until there are so many snapshots of the nodes, for as long as it gets on. */
  untilObserved(count: number): Promise<void>;
  /** Waits until so many nodes have an agent, for as long as it gets on. */
  untilConnected(count: number): Promise<void>;
  stop(): Promise<void>;
}

/** @param known how many of the nodes VS Code knows when it starts */
export async function startManyNodes(nodes: number, pods: number, known: number): Promise<ManyNodes> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    const fleet = await Fleet.start(nodes, pods, resolve('dist/agent'));
    ends.push(() => fleet.stop());
    const settingsFor = (count: number): Record<string, unknown> => ({
      'meshRedirect.nodes': fleet.settings().slice(0, count),
      'meshRedirect.kind.show': false,
    });
    const host = new InspectedHost(join(fleet.directory, 'host'));
    const machineSettings = settingsFor(known);
    const vscode = await startVscode({
      vsix: await packageExtension(),
      machineSettings,
      ...host.options(),
    });
    ends.push(() => vscode.stop());
    await copyFile(fleet.knownHostsFile, join(vscode.home, '.ssh', 'known_hosts'));
    const browser = await launchBrowser();
    ends.push(() => browser.close());
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    return {
      fleet,
      host,
      workbench: await Workbench.open(context, vscode.url),
      know: async (count) => {
        // In one go: VS Code reads a file that is half written, and makes the best of it.
        await writeFile(`${vscode.machineSettings}.new`, JSON.stringify(settingsFor(count)));
        await rename(`${vscode.machineSettings}.new`, vscode.machineSettings);
      },
      untilObserved: (count) =>
        gettingOn('snapshots', count, () =>
          fleet.nodes.reduce((sum, { asked }) => sum + (asked.get('snapshot') ?? 0), 0),
        ),
      untilConnected: (count) => gettingOn('agents', count, () => fleet.agents.size),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits until `count` gives as many as are wanted; gives up when it gives no more for as long as `until` waits. */
async function gettingOn(what: string, wanted: number, count: () => number): Promise<void> {
  for (let now = count(); now < wanted; now = count()) {
    const last = now;
    await until(`there are more than ${last} of ${wanted} ${what}`, () => count() > last);
  }
}
