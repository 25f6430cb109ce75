// Builds the agent: dist/agent/<x86_64|arm64>/mesh-redirect-agent, one static program over libbpf and jansson.
//
//   node tools/build-agent.mjs                    for this machine
//   node tools/build-agent.mjs --arch arm64       with CC, or aarch64-linux-gnu-gcc
//   node tools/build-agent.mjs --asan             dist/agent-asan/<arch>/..., with AddressSanitizer and UBSan

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join('bpf', 'agent');
const ITERATOR = join('bpf', 'prebuilt', 'origins_iter.bpf.o');
const SIZE_MAX = 2 * 1024 * 1024;

/** @typedef {'x86_64' | 'arm64'} Architecture */

/** @returns {Architecture} */
function hostArchitecture() {
  if (process.arch === 'x64') return 'x86_64';
  if (process.arch === 'arm64') return 'arm64';
  throw new Error(`The agent is built for x86_64 and arm64, not for ${process.arch}`);
}

/** @param {Architecture} arch */
function compiler(arch) {
  if (process.env['CC']) return process.env['CC'];
  if (arch === hostArchitecture()) return 'gcc';
  return arch === 'arm64' ? 'aarch64-linux-gnu-gcc' : 'x86_64-linux-gnu-gcc';
}

/** @returns {string} */
function version() {
  const parse = /** @type {(text: string) => { version: string }} */ (JSON.parse);
  return parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
}

/** Everything that the program is made of. */
function inputs() {
  const sources = readdirSync(join(ROOT, SOURCES))
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(SOURCES, name));
  const shared = ['layout.h', 'origins_iter.h'].map((name) => join('bpf', 'programs', name));
  return [...sources, ...shared, ITERATOR, 'package.json', relative(ROOT, import.meta.filename)];
}

/** @param {string} target */
function isFresh(target) {
  if (!existsSync(target)) return false;
  const built = statSync(target).mtimeMs;
  return inputs().every((path) => statSync(join(ROOT, path)).mtimeMs < built);
}

/** @param {boolean} asan */
function flags(asan) {
  const kind = asan
    ? ['-O1', '-g', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all']
    : [
        '-Os',
        '-static',
        '-s',
        '-ffunction-sections',
        '-fdata-sections',
        '-Wl,--gc-sections',
        '-Wl,--build-id=none',
      ];
  return [
    '-std=gnu11',
    '-D_GNU_SOURCE',
    ...['-Wall', '-Wextra', '-Werror', '-Wshadow', '-Wstrict-prototypes'],
    ...['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'],
    ...kind,
    // No path of the building machine is in the program.
    `-ffile-prefix-map=${ROOT}=.`,
    `-DAGENT_VERSION="${version()}"`,
    `-DORIGINS_ITERATOR="${ITERATOR}"`,
  ];
}

/**
 * Builds the agent unless it is newer than its sources.
 * @param {{ arch?: Architecture, asan?: boolean }} [options]
 * @returns {Promise<string>} the program's path
 */
export async function buildAgent({ arch = hostArchitecture(), asan = false } = {}) {
  const target = join(ROOT, 'dist', asan ? 'agent-asan' : 'agent', arch, 'mesh-redirect-agent');
  const name = relative(ROOT, target);
  if (isFresh(target)) {
    console.log(`${name} is up to date`);
    return await Promise.resolve(target);
  }
  const sources = inputs().filter((path) => path.startsWith(SOURCES) && path.endsWith('.c'));
  const libraries = [
    '-Wl,-Bstatic',
    '-lbpf',
    '-lelf',
    '-lz',
    '-ljansson',
    ...(asan ? ['-Wl,-Bdynamic'] : []),
  ];
  // Another build may run the old one: it is replaced, never written to.
  const fresh = `${target}.${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  console.log(`building ${name} with ${compiler(arch)} from ${sources.length} files`);
  execFileSync(compiler(arch), [...flags(asan), ...sources, ...libraries, '-o', fresh], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  const { size } = statSync(fresh);
  if (!asan && size > SIZE_MAX) throw new Error(`${name} has ${size} bytes, more than ${SIZE_MAX}`);
  renameSync(fresh, target);
  console.log(`${name}: ${Math.round(size / 1024)} KiB`);
  return target;
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { arch: { type: 'string' }, asan: { type: 'boolean' } } });
  const arch = values.arch ?? hostArchitecture();
  if (arch !== 'x86_64' && arch !== 'arm64') throw new Error(`--arch is x86_64 or arm64, not ${arch}`);
  await buildAgent({ arch, asan: values.asan ?? false });
}
