import { packageExtension } from '../../tools/package.mjs';
import { startVscode } from '../../tools/vscode-host.mjs';
import { launchBrowser } from '../vscode/pages/browser';
import { until } from '../vscode/pages/until';
import { Workbench } from '../vscode/pages/workbench';
import { median, type Row } from './measure';

const ROUNDS = 5;

/** A list has only the rows in the page that are in sight, and ours comes last. */
const TALL = { width: 1280, height: 2400 };

/** How long activate() takes, with reading its code, as VS Code itself tells for each window. */
export async function activation(): Promise<Row[]> {
  const vscode = await startVscode({ vsix: await packageExtension() });
  const browser = await launchBrowser();
  try {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const context = await browser.newContext({ viewport: TALL });
      times.push(await activationTime(await Workbench.open(context, vscode.url)));
      await context.close();
    }
    return [{ what: 'activation', value: median(times), unit: 'ms' }];
  } finally {
    await browser.close();
    await vscode.stop();
  }
}

async function activationTime(workbench: Workbench): Promise<number> {
  await workbench.nodes.open();
  await workbench.runCommand('Developer: Show Running Extensions');
  const row = workbench.page.locator('.runtime-extensions-editor .extension', { hasText: 'Mesh Redirect' });
  return until('VS Code says how long activation took', async () => {
    const found = /Activation:\s*(?:Startup Activation:\s*)?(\d+)\s*ms/.exec(await row.first().innerText());
    return found ? Number(found[1]) : null;
  });
}
