// Builds the playground's sidecar: dist/playground/sidecar.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'playground', 'sidecar');
const DIST = join(ROOT, 'dist', 'playground');

/** Where the compiled sidecar is. */
export const SIDECAR_BINARY = join(DIST, 'sidecar');

/** @param {string} file @returns {number} milliseconds; 0 if it is not there */
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Compiles what is older than its sources. Throws with the compiler's words when it refuses. */
export function buildPlayground() {
  const sources = readdirSync(SOURCES).map((name) => join(SOURCES, name));
  if (changed(SIDECAR_BINARY) > Math.max(...sources.map(changed))) return;
  console.log('building the playground’s sidecar');
  mkdirSync(DIST, { recursive: true });
  const temporary = `${SIDECAR_BINARY}.${String(process.pid)}`;
  const flags = ['-D_GNU_SOURCE', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'];
  const units = sources.filter((name) => name.endsWith('.c'));
  execFileSync('gcc', [...flags, '-o', temporary, ...units], { stdio: 'inherit' });
  renameSync(temporary, SIDECAR_BINARY); // whoever runs or starts it now has the old one or the new one, whole
}

if (process.argv[1] === import.meta.filename) buildPlayground();
