// The real kind, from Debian's own package. Debian has it from 13 on, and that one runs on older ones as well.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { NAMES, hostArchitecture } from '../agent/architectures.mjs';
import { cacheDirectory } from '../cache.mjs';
import { ensureUnpacked } from '../setup/apt-download.mjs';

const RELEASE = 'trixie';
const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg';

const unpacked = () => join(cacheDirectory(), `kind-${RELEASE}`);

/** @returns {string | null} the folder of PATH that has a kind */
function installed() {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.find((folder) => fs.existsSync(join(folder, 'kind'))) ?? null;
}

/** @returns {string} the folder that has kind in it: of PATH, or ours */
export const kindFolder = () => installed() ?? join(unpacked(), 'usr', 'bin');

/** @returns {string} where this machine gets Debian's packages from */
function mirror() {
  const format = ['--format', '$(ORIGIN) $(LABEL) $(REPO_URI)'];
  const targets = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' });
  const uri = targets
    .split('\n')
    .map((line) => line.split(' '))
    .find(([origin, label]) => origin === 'Debian' && label === 'Debian')?.[2];
  if (uri !== undefined && fs.existsSync(KEYS)) return uri;
  throw new Error(
    'There is no kind here, and this is no Debian to get it from: install it as https://kind.sigs.k8s.io says.',
  );
}

/** Gets kind unless it is there. */
export function ensureKind() {
  if (installed() !== null) return;
  const target = unpacked();
  /** @param {string} folder */
  const isWhole = (folder) => fs.existsSync(join(folder, 'usr', 'bin', 'kind'));
  if (isWhole(target)) return;
  console.log(`setup: Debian’s kind to ${target}, for clusters`);
  const source = `deb [signed-by=${KEYS}] ${mirror()} ${RELEASE} main`;
  ensureUnpacked(
    { architecture: NAMES[hostArchitecture()].debian, source, packages: ['kind'] },
    target,
    isWhole,
  );
}
