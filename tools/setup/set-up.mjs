import { ensureSysroot } from '../agent/sysroot.mjs';
import { ensureKind } from '../kind/install.mjs';
import { installPackages } from './apt.mjs';
import { NEEDS } from './needs.mjs';
import { installNodeModules } from './npm.mjs';

/**
 * @param {string[]} needs
 * @returns {import('./needs.mjs').Part[]} those that are missing, each once though several needs have it
 */
function missingParts(needs) {
  const parts = needs.flatMap((need) => NEEDS[need] ?? []).filter((part) => !part.isThere());
  return [...new Map(parts.map((part) => [part.packages.join(), part])).values()];
}

/**
 * Installs what the named needs lack. Throws with words for a person.
 * @param {string[]} needs keys of NEEDS
 */
export async function setUp(needs) {
  const unknown = needs.filter((need) => !(need in NEEDS));
  if (unknown.length)
    throw new Error(`Unknown: ${unknown.join(' ')}. There are: ${Object.keys(NEEDS).join(' ')}`);

  // More than once, because a package can bring a need of its own.
  let before = '';
  for (let parts = missingParts(needs); parts.length; parts = missingParts(needs)) {
    const missing = parts.map(({ packages }) => packages.join(' or ')).join(', ');
    if (missing === before) throw new Error(`Installed, and still not usable: ${missing}`);
    for (const { packages, why } of parts)
      console.log(`setup: installing ${packages.join(' or ')}, for ${why}`);
    installPackages(parts.map(({ packages }) => packages));
    before = missing;
  }

  if (needs.includes('agent-cross')) ensureSysroot();
  if (needs.includes('kind')) ensureKind();
  if (needs.includes('npm')) installNodeModules();
  if (needs.includes('vscode')) {
    const { ensureVscodeHost } = await import('../vscode-host.mjs');
    await ensureVscodeHost();
  }
}
