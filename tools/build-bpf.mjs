/**
 * Builds bpf/prebuilt from bpf/programs, or with --check says whether it still is what the sources give.
 *
 *   node tools/build-bpf.mjs           writes the objects and manifest.json
 *   node tools/build-bpf.mjs --check   rebuilds elsewhere; any difference is named and fails
 */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { OBJECTS, compile, sha256, sourceHash } from './bpf/compile.mjs';
import { checkClean, licenceOf, mapsOf, programsOf } from './bpf/inspect.mjs';
import { differences, toolchainDifferences } from './bpf/manifest.mjs';
import { MEMORY_LIMIT, canMeasure, measure } from './bpf/measure.mjs';
import { parseJson, toolchain } from './bpf/toolchain.mjs';

const root = path.dirname(import.meta.dirname);
const programs = path.join(root, 'bpf/programs');
const prebuilt = path.join(root, 'bpf/prebuilt');
const manifestFile = path.join(prebuilt, 'manifest.json');

/**
 * The oldest kernel that has all we ask of it: the interface that a SYN came in by (`ingress_ifindex` of
 * bpf_sk_lookup) is the youngest of these. docs/ebpf-mode.md lists them.
 */
const NEEDED_KERNEL = '5.17';

/**
 * One object's entry of the manifest. Throws if its maps are too large.
 * @param {import('./bpf/compile.mjs').Recipe} recipe
 * @param {string} file
 * @returns {import('./bpf/manifest.mjs').ObjectEntry}
 */
function describe(recipe, file) {
  checkClean(file);
  const measured = canMeasure() ? measure(file) : null;
  const maps = mapsOf(file).map((map) => ({ ...map, memory: measured?.get(map.name) ?? null }));
  const memory = maps.reduce((sum, map) => sum + (map.memory ?? 0), 0);
  if (memory > MEMORY_LIMIT)
    throw new Error(
      `${recipe.file}: its empty maps take ${String(memory)} bytes, more than ${String(MEMORY_LIMIT)}`,
    );
  return {
    file: recipe.file,
    sha256: sha256(readFileSync(file)),
    sourceHash: sourceHash(programs, recipe),
    licence: licenceOf(file),
    programs: programsOf(file),
    maps,
    memory: measured === null ? null : memory,
  };
}

/**
 * Builds everything into a folder and gives the manifest of it.
 * @param {string} into
 * @returns {import('./bpf/manifest.mjs').Manifest}
 */
function build(into) {
  return {
    version: 1,
    licence: 'Apache-2.0 OR GPL-2.0',
    kernel: NEEDED_KERNEL,
    toolchain: toolchain(),
    objects: OBJECTS.map((recipe) => describe(recipe, compile(programs, recipe, into))),
  };
}

/** @param {string} into a folder to build in */
function write(into) {
  if (!canMeasure())
    throw new Error(
      'the manifest records what the kernel charges for the maps: run this as root on Linux 6.4 or later',
    );
  const manifest = build(into);
  for (const { file } of OBJECTS) copyFileSync(path.join(into, file), path.join(prebuilt, file));
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
  for (const { file, memory } of manifest.objects)
    console.log(`bpf/prebuilt/${file}: its empty maps take ${String(memory)} bytes`);
}

/**
 * @param {string} into a folder to build in
 * @returns {boolean} whether it is as it should be
 */
function check(into) {
  const recorded = /** @type {import('./bpf/manifest.mjs').Manifest} */ (
    parseJson(readFileSync(manifestFile, 'utf8'))
  );
  const strays = recorded.objects.filter(
    (object) => sha256(readFileSync(path.join(prebuilt, object.file))) !== object.sha256,
  );
  for (const { file } of strays) console.error(`bpf/prebuilt/${file} is not what manifest.json describes`);
  if (strays.length > 0) return false;
  const built = build(into);
  const found = differences(recorded, built);
  if (found.length === 0) {
    console.log('bpf/prebuilt is what bpf/programs gives');
    return true;
  }
  const tools = toolchainDifferences(recorded, built);
  for (const line of [...found, ...tools]) console.error(line);
  const sourcesDiffer = found.some((line) => line.includes('.sourceHash = '));
  if (tools.length > 0 && !sourcesDiffer && !process.env['CI']) {
    console.log('skipped: bpf/prebuilt can only be compared with the tools that made it');
    return true;
  }
  console.error('bpf/prebuilt is not what bpf/programs gives: run `npm run build:bpf` and commit the result');
  return false;
}

const into = mkdtempSync(path.join(tmpdir(), 'mesh-redirect-bpf-'));
try {
  if (process.argv.includes('--check')) process.exitCode = check(into) ? 0 : 1;
  else write(into);
} finally {
  rmSync(into, { recursive: true, force: true });
}
