// The other architecture's headers and static libraries, from Debian's own packages, in a folder of the cache.

import * as fs from 'node:fs';
import { join } from 'node:path';
import { cacheDirectory } from '../cache.mjs';
import { ensureUnpacked } from '../setup/apt-download.mjs';
import { NAMES, crossCompiler, otherArchitecture } from './architectures.mjs';

/** @typedef {import('./architectures.mjs').Architecture} Architecture */

/** Each package, and one of the files below /usr that it is wanted for; `*` stands for the triple. */
const PACKAGES = {
  'libc6-dev': 'lib/*/libc.a',
  'linux-libc-dev': 'include/linux/bpf.h',
  'libbpf-dev': 'lib/*/libbpf.a',
  'libelf-dev': 'lib/*/libelf.a',
  'zlib1g-dev': 'lib/*/libz.a',
  'libjansson-dev': 'lib/*/libjansson.a',
};

/** @param {string} key of os-release(5) */
function release(key) {
  const line = new RegExp(`^${key}="?([^"\\n]*)`, 'm');
  return fs.existsSync('/etc/os-release')
    ? line.exec(fs.readFileSync('/etc/os-release', 'utf8'))?.[1]
    : undefined;
}

/** @param {Architecture} arch @returns {string} where its sysroot is, or would be */
export function sysroot(arch) {
  return join(cacheDirectory(), `sysroot-${arch}-${release('VERSION_CODENAME') ?? 'unknown'}`);
}

/** @param {Architecture} arch @param {string} folder */
function isWhole(arch, folder) {
  const files = Object.values(PACKAGES).map((file) => file.replace('*', NAMES[arch].triple));
  return files.every((file) => fs.existsSync(join(folder, 'usr', file)));
}

/** @param {Architecture} arch @returns {string | null} why this distribution gives no packages for it */
function distributionObstacle(arch) {
  // Debian has every architecture on one mirror. Ubuntu has two: one for amd64 and i386, "ports" for the others.
  if (release('ID') === 'debian') return null;
  const name = release('PRETTY_NAME') ?? 'this system';
  return `${name} does not have Debian’s packages for ${NAMES[arch].debian} where this machine’s own come from (Ubuntu keeps them on “ports”). A Debian builds both.`;
}

/** @param {Architecture} [arch] @returns {boolean} whether this machine can be set up for building for it */
export const canCross = (arch = otherArchitecture()) => distributionObstacle(arch) === null;

/** @param {Architecture} arch @returns {string | null} why the agent cannot be built for it here and now */
export function crossObstacle(arch) {
  const obstacle = distributionObstacle(arch);
  if (obstacle !== null) return obstacle;
  if (fs.existsSync(join('/usr/bin', crossCompiler(arch))) && isWhole(arch, sysroot(arch))) return null;
  return 'what it takes is not installed yet: `node tools/setup.mjs agent-cross` does it';
}

/**
 * Makes the other architecture's sysroot unless it is there. Does nothing on a distribution that has no packages for it.
 */
export function ensureSysroot() {
  const arch = otherArchitecture();
  const target = sysroot(arch);
  if (!canCross(arch) || isWhole(arch, target)) return;
  console.log(
    `setup: Debian’s ${NAMES[arch].debian} libraries to ${target}, for building the agent for ${arch}`,
  );
  ensureUnpacked({ architecture: NAMES[arch].debian, packages: Object.keys(PACKAGES) }, target, (folder) =>
    isWhole(arch, folder),
  );
}
