/**
 * A real VS Code for the tests and the demo: `node tools/vscode-host.mjs` installs it.
 * The workbench runs in a browser, the extension host in a Node on this machine, as with any remote window.
 */
import { pathToFileURL } from 'node:url';
import { ensureVscodeHost } from './vscode/install.mjs';

export { ensureVscodeHost } from './vscode/install.mjs';
/** @typedef {import('./vscode/start.mjs').Vscode} Vscode */
export { startVscode } from './vscode/start.mjs';

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const host = await ensureVscodeHost();
  console.log(`VS Code ${host.version}: ${host.server}`);
}
