import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Compiler flags that decide the bytes of an object. Nothing in them depends on the machine. */
export const FLAGS = ['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-Wall', '-Wextra', '-Werror'];

/** Debian's names for the folder of headers that differ by architecture (<asm/types.h>; alike where we look). */
const MULTIARCH = new Map([
  ['x64', 'x86_64-linux-gnu'],
  ['arm64', 'aarch64-linux-gnu'],
]);

/** Folders that hold tools and are not on every user's PATH. */
const environment = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };

/**
 * Runs a tool and gives its standard output. A failure carries the tool's own words.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function run(command, args, options = {}) {
  const { error, status, stdout, stderr } = spawnSync(command, args, {
    ...options,
    env: environment,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (error && 'code' in error && error.code === 'ENOENT')
    throw new Error(`${command} is not installed: run \`node tools/setup.mjs bpf\``);
  if (error) throw error;
  if (status !== 0) throw new Error(`${[command, ...args].join(' ')} failed:\n${stderr}`);
  return stdout;
}

/**
 * A tool's JSON, to be cast to what that tool prints.
 * @param {string} text
 * @returns {unknown}
 */
export const parseJson = (text) => JSON.parse(text);

/** The compiler by its versioned name, or as Debian 12 calls the same one where only that is installed. */
export const clang = spawnSync('clang-14', ['--version'], { env: environment }).error ? 'clang' : 'clang-14';

/**
 * One of the tools that belong to the compiler: `llvm-strip` beside `clang`, `llvm-strip-14` beside `clang-14`.
 * @param {string} tool
 */
export const llvm = (tool) => clang.replace('clang', `llvm-${tool}`);

/** All compiler arguments, with the header folder of this machine. */
export function compilerArguments() {
  const folder = MULTIARCH.get(process.arch);
  return folder === undefined ? FLAGS : [...FLAGS, '-idirafter', `/usr/include/${folder}`];
}

/**
 * The versions that decide the bytes, as the manifest records them.
 * @typedef {{ clang: string, bpftool: string, libbpf: string, headers: string, flags: string[] }} Toolchain
 * @returns {Toolchain}
 */
export function toolchain() {
  const headers = readFileSync('/usr/include/linux/version.h', 'utf8');
  return {
    clang: find(/version (\S+)/, run(clang, ['--version'])),
    bpftool: find(/v([\d.]+)/, run('bpftool', ['version'])),
    libbpf: run('pkg-config', ['--modversion', 'libbpf']).trim(),
    headers: ['MAJOR', 'PATCHLEVEL']
      .map((name) => find(new RegExp(`LINUX_VERSION_${name} (\\d+)`), headers))
      .join('.'),
    flags: FLAGS,
  };
}

/**
 * @param {RegExp} pattern
 * @param {string} text
 */
function find(pattern, text) {
  const found = pattern.exec(text)?.[1];
  if (found === undefined) throw new Error(`no version in: ${text.slice(0, 200)}`);
  return found;
}
