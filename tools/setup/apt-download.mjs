// Gets Debian packages without installing them: apt with lists, status and archives of its own, so that what the
// machine is set up for stays as it is.

import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';

/**
 * Settings of apt that let an ordinary user look elsewhere: lists, status and archives in `folder`, and none of what
 * the machine runs after an update.
 * @param {string} folder @param {Wanted} wanted
 */
const settingsOf = (folder, { architecture, source }) => `
#clear APT::Architectures;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "${architecture}";
APT::Architectures { "${architecture}"; };
APT::Sandbox::User "";
Acquire::Languages "none";
Dir::State "${folder}";
Dir::State::lists "${join(folder, 'lists')}";
Dir::State::status "${join(folder, 'status')}";
Dir::Cache "${folder}";
${source === undefined ? '' : `Dir::Etc::sourcelist "${join(folder, 'sources.list')}";\nDir::Etc::sourceparts "/dev/null";\nDir::Etc::preferences "/dev/null";\nDir::Etc::preferencesparts "/dev/null";`}
`;

/**
 * @typedef {object} Wanted
 * @property {string} architecture as Debian calls it
 * @property {string} [source] a line of sources.list, instead of the machine's own sources and preferences
 * @property {string[]} packages
 */

/**
 * Downloads packages and unpacks them.
 * @param {Wanted} wanted @param {string} folder gets everything; an empty one
 */
export function unpackPackages(wanted, folder) {
  const apt = join(folder, 'apt');
  const settings = join(apt, 'apt.conf');
  for (const name of ['lists/partial', 'archives/partial'])
    fs.mkdirSync(join(apt, name), { recursive: true });
  fs.writeFileSync(join(apt, 'status'), '');
  if (wanted.source !== undefined) fs.writeFileSync(join(apt, 'sources.list'), `${wanted.source}\n`);
  fs.writeFileSync(settings, settingsOf(apt, wanted));
  /** @param {string[]} args */
  const aptGet = (...args) =>
    execFileSync('apt-get', ['-c', settings, '-qq', ...args], { cwd: apt, stdio: 'inherit' });
  aptGet('update');
  aptGet('download', ...wanted.packages);
  for (const name of fs.readdirSync(apt).filter((file) => file.endsWith('.deb')))
    execFileSync('dpkg-deb', ['--extract', join(apt, name), folder], { stdio: 'inherit' });
  fs.rmSync(apt, { recursive: true });
}

/**
 * Makes a folder of unpacked packages unless it is there and whole. A half-made one is never seen: it gets its name
 * when it is whole.
 * @param {Wanted} wanted @param {string} target @param {(folder: string) => boolean} isWhole
 */
export function ensureUnpacked(wanted, target, isWhole) {
  if (isWhole(target)) return;
  fs.mkdirSync(join(target, '..'), { recursive: true });
  const making = fs.mkdtempSync(`${target}.part-`);
  try {
    unpackPackages(wanted, making);
    if (!isWhole(making)) throw new Error(`Not all that is wanted is in ${wanted.packages.join(' ')}`);
    if (isWhole(target)) return; // Somebody else has made it meanwhile.
    fs.rmSync(target, { recursive: true, force: true });
    fs.renameSync(making, target);
  } finally {
    fs.rmSync(making, { recursive: true, force: true });
  }
}
