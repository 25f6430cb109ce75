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
import { differences, toolchainDifferences } from './bpf/differences.mjs';
import { checkClean, licenceOf, mapsOf, programsOf } from './bpf/inspect.mjs';
import { MEMORY_LIMIT, canMeasure, measure } from './bpf/measure.mjs';
import { toolchain } from './bpf/toolchain.mjs';

const root = path.dirname(import.meta.dirname);
const programs = path.join(root, 'bpf/programs');
const prebuilt = path.join(root, 'bpf/prebuilt');
const manifestFile = path.join(prebuilt, 'manifest.json');

/**
 * The oldest kernel that has all we ask of it: the interface that a SYN came in by (`ingress_ifindex` of
 * bpf_sk_lookup) is the youngest of these. docs/ebpf-mode.md lists them.
 */
const NEEDED_KERNEL = '5.17';

/** Where programs attach, by the words of docs/agent-protocol.md. */
const hookOf = (section) => section.replace(/^cgroup\//, '');

/** One object's entry of the manifest. Throws if its maps are too large. */
function describe(object, file) {
  checkClean(file);
  const memory = canMeasure() ? measure(file) : undefined;
  const maps = mapsOf(file).map((map) => ({ ...map, memory: memory?.get(map.name) ?? null }));
  const total = maps.reduce((sum, map) => sum + (map.memory ?? 0), 0);
  if (total > MEMORY_LIMIT) {
    throw new Error(`${object.file}: its empty maps take ${total} bytes, more than ${MEMORY_LIMIT}`);
  }
  return {
    file: object.file,
    sha256: sha256(readFileSync(file)),
    sourceHash: sourceHash(programs, object),
    licence: licenceOf(file),
    programs: programsOf(file).map((program) => ({ ...program, hook: hookOf(program.section) })),
    maps,
    memory: memory ? total : null,
  };
}

/** Builds everything into a folder and gives the manifest of it. */
function build(into) {
  return {
    version: 1,
    licence: 'Apache-2.0 OR GPL-2.0',
    kernel: NEEDED_KERNEL,
    toolchain: toolchain(),
    objects: OBJECTS.map((object) => describe(object, compile(programs, object, into))),
  };
}

const readManifest = () => JSON.parse(readFileSync(manifestFile, 'utf8'));

function write(into) {
  if (!canMeasure()) {
    throw new Error('the manifest records what the kernel charges for the maps: run this as root');
  }
  const manifest = build(into);
  for (const { file } of OBJECTS) copyFileSync(path.join(into, file), path.join(prebuilt, file));
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
  for (const { file, memory } of manifest.objects) console.log(`bpf/prebuilt/${file}: maps ${memory} bytes`);
}

/** Gives the exit code. */
function check(into) {
  const recorded = readManifest();
  for (const { file, sha256: expected } of recorded.objects) {
    if (sha256(readFileSync(path.join(prebuilt, file))) !== expected) {
      console.error(`bpf/prebuilt/${file} is not the object that manifest.json describes`);
      return 1;
    }
  }
  const found = differences(recorded, build(into));
  if (found.length === 0) {
    console.log('bpf/prebuilt is what bpf/programs gives');
    return 0;
  }
  const tools = toolchainDifferences(recorded.toolchain, toolchain());
  const sourcesChanged = found.some((line) => line.includes('sourceHash'));
  for (const line of [...found, ...tools]) console.error(line);
  if (tools.length > 0 && !sourcesChanged && !process.env.CI) {
    console.log('skipped: bpf/prebuilt can only be compared with the tools that made it');
    return 0;
  }
  console.error('bpf/prebuilt is not what bpf/programs gives: run `npm run build:bpf` and commit the result');
  return 1;
}

const into = mkdtempSync(path.join(tmpdir(), 'mesh-redirect-bpf-'));
try {
  if (process.argv.includes('--check')) process.exitCode = check(into);
  else write(into);
} finally {
  rmSync(into, { recursive: true, force: true });
}
