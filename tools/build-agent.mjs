// Builds the agent: dist/agent/<x86_64|arm64>/mesh-redirect-agent, one static program over libbpf and jansson.
//
//   node tools/build-agent.mjs                    for this machine, with CC or gcc
//   node tools/build-agent.mjs --arch arm64       for another one, as `node tools/setup.mjs agent-cross` prepares it
//   node tools/build-agent.mjs --asan             dist/agent-asan/<arch>/..., with AddressSanitizer and UBSan
//   node tools/build-agent.mjs --faults           dist/agent-faults/<arch>/..., which kills itself where a test wants

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { ARCHITECTURES, crossCompiler, hostArchitecture, otherArchitecture } from './agent/architectures.mjs';
import { crossObstacle, sysroot } from './agent/sysroot.mjs';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join('bpf', 'agent');
/** Linked into the agent for tests of faults, and what of the agent it puts itself before. */
const FAULTS = join('test', 'kernel', 'faults', 'kill_at.c');
const WRAPPED = [
  ...['journal_mark', 'run_command', 'bpf_link__pin', 'bpf_link_detach', 'bpf_link_update'],
  ...[
    'verb_acceleration_start',
    'verb_acceleration_stop',
    'bpf_obj_pin',
    'bpf_link_create',
    'bpf_prog_attach',
  ],
  ...['bpf_map_update_elem', 'bpf_map_delete_elem', 'mkdir', 'rename', 'unlink', 'rmdir'],
];
const SIZE_MAX = 2 * 1024 * 1024;
const SANITIZERS = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'];

/** @typedef {import('./agent/architectures.mjs').Architecture} Architecture */
/** @typedef {'shipped' | 'asan' | 'faults'} Kind */

/** @type {Record<Kind, string>} */
const DIRECTORIES = { shipped: 'agent', asan: 'agent-asan', faults: 'agent-faults' };

/** @param {Architecture} arch @returns {string[]} the compiler and where it looks. Throws where there is none. */
function compiler(arch) {
  if (arch === hostArchitecture()) return [process.env['CC'] ?? 'gcc'];
  const obstacle = crossObstacle(arch);
  if (obstacle !== null) throw new Error(`The agent for ${arch} cannot be built: ${obstacle}`);
  return [crossCompiler(arch), `--sysroot=${sysroot(arch)}`];
}

/** @param {Architecture} arch @param {Kind} kind */
const targetFor = (arch, kind = 'shipped') =>
  join(ROOT, 'dist', DIRECTORIES[kind], arch, 'mesh-redirect-agent');

/** @returns {string} */
function version() {
  const parse = /** @type {(text: string) => { version: string }} */ (JSON.parse);
  return parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).version;
}

/** Kinds that are compiled alike share what comes of it. @param {Architecture} arch @param {Kind} kind */
const objectsFor = (arch, kind) =>
  join(ROOT, 'dist', kind === 'asan' ? 'agent-objects-asan' : 'agent-objects', arch);

/** What every kind is made of. */
function inputs() {
  const sources = readdirSync(join(ROOT, SOURCES))
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(SOURCES, name));
  const shared = ['layout.h', 'acceleration.h'].map((name) => join('bpf', 'programs', name));
  return [...sources, ...shared, 'package.json', relative(ROOT, import.meta.filename)];
}

/** What one kind has besides. @param {Kind} kind */
const additions = (kind) => (kind === 'faults' ? [FAULTS] : []);

/** @param {string} made a file, or a folder of files @param {string[]} from */
function isNewer(made, from) {
  if (!existsSync(made)) return false;
  const { mtimeMs } = statSync(made);
  return from.every((path) => statSync(join(ROOT, path)).mtimeMs < mtimeMs);
}

/** @param {Architecture} arch @param {Kind} kind */
const isFresh = (arch, kind = 'shipped') => isNewer(targetFor(arch, kind), [...inputs(), ...additions(kind)]);

/** @param {Kind} kind */
function compilerFlags(kind) {
  const form =
    kind === 'asan'
      ? ['-O1', '-g', '-fno-omit-frame-pointer', ...SANITIZERS]
      : ['-Os', '-ffunction-sections', '-fdata-sections'];
  return [
    '-std=gnu11',
    '-D_GNU_SOURCE',
    ...['-Wall', '-Wextra', '-Werror', '-Wshadow', '-Wstrict-prototypes'],
    ...['-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'],
    ...form,
    // No path of the building machine is in the program.
    `-ffile-prefix-map=${ROOT}=.`,
    `-DAGENT_VERSION="${version()}"`,
  ];
}

/** @param {Kind} kind */
function linkerFlags(kind) {
  const libraries = ['-Wl,-Bstatic', '-lbpf', '-lelf', '-lz', '-ljansson'];
  if (kind === 'asan') return [...SANITIZERS, ...libraries, '-Wl,-Bdynamic'];
  const wrapped = kind === 'faults' ? WRAPPED.map((name) => `-Wl,--wrap=${name}`) : [];
  return ['-static', '-s', '-Wl,--gc-sections', '-Wl,--build-id=none', ...wrapped, ...libraries];
}

/** @param {string[]} argv @param {string} cwd */
async function run([file = '', ...args], cwd) {
  const child = spawn(file, args, { cwd, stdio: 'inherit' });
  await once(child, 'exit');
  if (child.exitCode !== 0)
    throw new Error(`${file} ended with ${child.exitCode ?? child.signalCode ?? '?'}`);
}

/**
 * Compiles the sources unless what comes of them is there and newer.
 * @param {Architecture} arch @param {Kind} kind
 * @returns {Promise<string[]>} the object files
 */
async function compile(arch, kind) {
  const folder = objectsFor(arch, kind);
  if (!isNewer(folder, inputs())) {
    // Another build may be at it: what is there is whole, whoever is done first.
    const fresh = `${folder}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    const sources = inputs().filter((path) => path.endsWith('.c'));
    console.log(`compiling ${sources.length} files to ${relative(ROOT, folder)}`);
    const paths = sources.map((path) => join(ROOT, path));
    try {
      await run([...compiler(arch), ...compilerFlags(kind), '-c', ...paths], fresh);
      rmSync(folder, { recursive: true, force: true });
      renameSync(fresh, folder);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return readdirSync(folder).map((name) => join(folder, name));
}

/**
 * Builds the agent unless it is newer than its sources.
 * @param {{ arch?: Architecture, kind?: Kind }} [options]
 * @returns {Promise<string>} the program's path
 */
export async function buildAgent({ arch = hostArchitecture(), kind = 'shipped' } = {}) {
  const target = targetFor(arch, kind);
  const name = relative(ROOT, target);
  if (isFresh(arch, kind)) {
    console.log(`${name} is up to date`);
    return target;
  }
  const parts = [...(await compile(arch, kind)), ...additions(kind)];
  // Another build may run the old one: it is replaced, never written to.
  const fresh = `${target}.${process.pid}`;
  mkdirSync(dirname(target), { recursive: true });
  const flags = [...compilerFlags(kind), ...parts, ...linkerFlags(kind)];
  await run([...compiler(arch), ...flags, '-o', fresh], ROOT);
  const { size } = statSync(fresh);
  if (kind !== 'asan' && size > SIZE_MAX) throw new Error(`${name} has ${size} bytes, more than ${SIZE_MAX}`);
  renameSync(fresh, target);
  console.log(`${name}: ${Math.round(size / 1024)} KiB`);
  return target;
}

/**
 * Builds it for both architectures at once. Where this machine cannot cross-build, says so, and leaves no agent of
 * another version for the other one.
 */
export async function buildAgents() {
  const other = otherArchitecture();
  const obstacle = isFresh(other) ? null : crossObstacle(other);
  if (obstacle !== null) {
    rmSync(targetFor(other), { force: true });
    console.warn(`Warning: no agent for ${other}, nodes of that kind cannot be reached: ${obstacle}`);
  }
  await Promise.all([buildAgent(), ...(obstacle === null ? [buildAgent({ arch: other })] : [])]);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: { arch: { type: 'string' }, asan: { type: 'boolean' }, faults: { type: 'boolean' } },
  });
  const wanted = values.arch ?? hostArchitecture();
  const arch = ARCHITECTURES.find((known) => known === wanted);
  if (!arch) throw new Error(`--arch is ${ARCHITECTURES.join(' or ')}, not ${wanted}`);
  const kind = values.asan === true ? 'asan' : values.faults === true ? 'faults' : 'shipped';
  await buildAgent({ arch, kind });
}
