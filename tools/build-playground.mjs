// Builds the playground's programs: dist/playground/sidecar and dist/playground/load.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const DIST = join(ROOT, 'dist', 'playground');

/** Where the compiled sidecar is. */
export const SIDECAR_BINARY = join(DIST, 'sidecar');

/** Where the compiled load generator is. */
export const LOAD_BINARY = join(DIST, 'load');

/** @param {string} folder */
function sourcesIn(folder) {
  const path = join(ROOT, 'playground', folder);
  return readdirSync(path).map((name) => join(path, name));
}

/** @param {string} file @returns {number} milliseconds; 0 if it is not there */
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Compiles one program unless it is younger than its sources. @param {string} name @param {string} binary */
function buildProgram(name, binary) {
  const sources = [...sourcesIn(name), ...sourcesIn('shared')];
  if (changed(binary) > Math.max(...sources.map(changed))) return;
  console.log(`building the playground’s ${name}`);
  mkdirSync(DIST, { recursive: true });
  const temporary = `${binary}.${String(process.pid)}`;
  const flags = ['-D_GNU_SOURCE', '-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror'];
  const units = sources.filter((file) => file.endsWith('.c'));
  execFileSync('gcc', [...flags, '-o', temporary, ...units], { stdio: 'inherit' });
  renameSync(temporary, binary); // whoever runs or starts it now has the old one or the new one, whole
}

/** Compiles what is older than its sources. Throws with the compiler's words when it refuses. */
export function buildPlayground() {
  buildProgram('sidecar', SIDECAR_BINARY);
  buildProgram('load', LOAD_BINARY);
}

if (process.argv[1] === import.meta.filename) buildPlayground();
