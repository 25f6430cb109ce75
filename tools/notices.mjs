// Writes dist/THIRD-PARTY-NOTICES.txt: the licences of everything that is built into the bundles and the agent.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** Debian's packages whose static libraries the agent is linked from. */
const AGENT_PACKAGES = ['libbpf-dev', 'libelf-dev', 'zlib1g-dev', 'libjansson-dev', 'libc6-dev'];

/**
 * The folders of the npm packages that a bundle has code of.
 * @param {import('esbuild').Metafile[]} metafiles @returns {string[]}
 */
function bundledPackages(metafiles) {
  const folders = metafiles
    .flatMap(({ outputs }) => Object.values(outputs))
    .flatMap(({ inputs }) => Object.keys(inputs))
    .map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0])
    .filter((folder) => folder !== undefined);
  return [...new Set(folders)].sort();
}

/** @param {string} folder */
function npmNotice(folder) {
  /** @type {unknown} */
  const json = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
  const { name, version, license } = /** @type {{ name: string, version: string, license?: unknown }} */ (
    json
  );
  const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : readFileSync(join(ROOT, folder, file), 'utf8').trim();
  const named = typeof license === 'string' ? license : 'see its package.json';
  return `${name} ${version} (${named})\n\n${text}`.trim();
}

/** @param {string} name a Debian package; what it says of its copyright is part of it */
function debianNotice(name) {
  const file = `/usr/share/doc/${name}/copyright`;
  const text = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  return `${name}, in the agent\n\n${text || `See the copyright file of Debian's package ${name}.`}`;
}

/**
 * @param {import('esbuild').Metafile[]} metafiles of the bundles
 */
export function writeNotices(metafiles) {
  const notices = [
    'Mesh Redirect contains parts of these works, under their own licences.',
    ...bundledPackages(metafiles).map(npmNotice),
    ...AGENT_PACKAGES.map(debianNotice),
  ];
  writeFileSync(
    join(ROOT, 'dist', 'THIRD-PARTY-NOTICES.txt'),
    `${notices.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`,
  );
}
