import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Compiler flags that decide the bytes of an object. Nothing in them depends on the machine. */
export const FLAGS = ['-target', 'bpf', '-mcpu=v3', '-O2', '-g', '-Wall', '-Wextra', '-Werror'];

/** Debian's name for the folder of headers that differ by architecture (<asm/types.h>; alike where we look). */
const MULTIARCH = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' }[process.arch];

/** Folders that hold tools which are not on every user's PATH. */
const environment = { ...process.env, LC_ALL: 'C', PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };

/**
 * Runs a tool and gives its standard output. A failure carries the tool's own words.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function run(command, args, options = {}) {
  try {
    return execFileSync(command, args, {
      ...options,
      env: environment,
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    if (error.code === 'ENOENT') {
      throw new Error(`${command} is not installed: run \`node tools/setup.mjs bpf\``, { cause: error });
    }
    throw new Error(`${command} ${args.join(' ')} failed:\n${error.stderr || error.message}`, {
      cause: error,
    });
  }
}

/** The clang that Debian 12 calls `clang`, or its versioned name where only that is installed. */
function compiler() {
  for (const name of ['clang-14', 'clang']) {
    try {
      run(name, ['--version']);
      return name;
    } catch {
      continue; // the next name
    }
  }
  throw new Error('no clang is installed: run `node tools/setup.mjs bpf`');
}

export const clang = compiler();

/** `llvm-strip` beside a `clang`, `llvm-strip-14` beside a `clang-14`. */
export const llvm = (tool) => clang.replace('clang', `llvm-${tool}`);

/** All compiler arguments, with the header folder of this machine. */
export const compilerArguments = () =>
  MULTIARCH === undefined ? FLAGS : [...FLAGS, '-idirafter', `/usr/include/${MULTIARCH}`];

/** The versions that decide the bytes, as the manifest records them. */
export function toolchain() {
  const headers = readFileSync('/usr/include/linux/version.h', 'utf8');
  const number = (name) => new RegExp(`#define ${name} (\\d+)`).exec(headers)?.[1] ?? '?';
  return {
    clang: /version (\S+)/.exec(run(clang, ['--version']))?.[1] ?? '?',
    bpftool: /v([\d.]+)/.exec(run('bpftool', ['version']))?.[1] ?? '?',
    libbpf: run('pkg-config', ['--modversion', 'libbpf']).trim(),
    headers: ['LINUX_VERSION_MAJOR', 'LINUX_VERSION_PATCHLEVEL'].map(number).join('.'),
    flags: FLAGS,
  };
}
