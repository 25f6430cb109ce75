import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { clang, compilerArguments, llvm, run } from './toolchain.mjs';

/**
 * What one object is built from.
 * @typedef {object} Recipe
 * @property {string} file
 * @property {string[]} sources
 * @property {Record<string, string>} rename C names to program names: clang 14 takes no function that is named
 *   as the section it is in
 */

/** @type {Recipe[]} */
export const OBJECTS = [
  {
    file: 'redirect.bpf.o',
    sources: [
      'maps.bpf.c',
      'connect.bpf.c',
      'getpeername.bpf.c',
      'sockops.bpf.c',
      'getsockopt.bpf.c',
      'sk_lookup.bpf.c',
    ],
    rename: { sockops_: 'sockops', sk_lookup_: 'sk_lookup' },
  },
  {
    file: 'accelerate.bpf.o',
    sources: ['acceleration_maps.bpf.c', 'join.bpf.c', 'accelerate.bpf.c'],
    rename: {},
  },
];

/**
 * SHA-256 in hexadecimal.
 * @param {import('node:crypto').BinaryLike} content
 */
export const sha256 = (content) => createHash('sha256').update(content).digest('hex');

/**
 * One hash over an object's sources and every header: names and contents, in the order of their names.
 * @param {string} programs the folder of the sources
 * @param {Recipe} recipe
 */
export function sourceHash(programs, recipe) {
  const headers = readdirSync(programs).filter((name) => name.endsWith('.h'));
  const lines = [...recipe.sources, ...headers]
    .sort()
    .map((name) => `${sha256(readFileSync(path.join(programs, name)))}  ${name}\n`);
  return sha256(lines.join(''));
}

/**
 * Compiles and links one object into the folder `into`. The same sources and tools give the same bytes on any
 * machine: line information names files by their path below the programs' folder, and DWARF is dropped.
 * @param {string} programs the folder of the sources
 * @param {Recipe} recipe
 * @param {string} into
 * @returns {string} the object's path
 */
export function compile(programs, recipe, into) {
  const paths = [`-ffile-prefix-map=${programs}/=`, `-fdebug-prefix-map=${programs}=.`];
  const parts = recipe.sources.map((source) => {
    const part = path.join(into, source.replace(/\.c$/, '.part.o'));
    run(clang, [...compilerArguments(), ...paths, '-c', source, '-o', part], { cwd: programs });
    return part;
  });
  const file = path.join(into, recipe.file);
  run('bpftool', ['gen', 'object', file, ...parts]);
  run(llvm('strip'), ['-g', file]);
  const renames = Object.entries(recipe.rename).map(([from, to]) => `--redefine-sym=${from}=${to}`);
  if (renames.length > 0) run(llvm('objcopy'), [...renames, file]);
  return file;
}
