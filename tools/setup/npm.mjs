// node_modules as package-lock.json says.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const WANTED = join(ROOT, 'package-lock.json');
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');

/**
 * @typedef {Record<string, { version?: string, optional?: boolean }>} Packages by path
 * @param {string} file @returns {Packages}
 */
function packages(file) {
  /** @type {unknown} */
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  return /** @type {{ packages: Packages }} */ (lock).packages;
}

/** By content: Git gives files the time of their checkout, which says nothing. */
function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const installed = packages(INSTALLED);
  return Object.entries(packages(WANTED)).every(
    ([path, { version, optional }]) =>
      path === '' || installed[path]?.version === version || (optional === true && !installed[path]),
  );
}

/** Runs `npm ci` if something is missing or of another version. */
export function installNodeModules() {
  if (isInstalled()) return;
  console.log('setup: npm ci, because node_modules is not what package-lock.json says');
  execFileSync('npm', ['ci'], { cwd: ROOT, stdio: 'inherit' });
}
