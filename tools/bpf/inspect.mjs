import { readFileSync } from 'node:fs';
import { llvm, parseJson, run } from './toolchain.mjs';

/** Names of map types by number (enum bpf_map_type), for those we use. */
const MAP_TYPES = new Map([
  [1, 'hash'],
  [2, 'array'],
  [5, 'percpu_hash'],
  [6, 'percpu_array'],
  [9, 'lru_hash'],
  [11, 'lpm_trie'],
  [15, 'sockmap'],
  [18, 'sockhash'],
  [24, 'sk_storage'],
]);

/**
 * The programs of an object: its global functions, and the sections they are in, which say where they attach.
 * @param {string} file
 * @returns {import('./manifest.mjs').Program[]}
 */
export function programsOf(file) {
  const elf = run(llvm('readelf'), ['--wide', '--sections', '--symbols', file]);
  const sections = new Map(
    [...elf.matchAll(/^ +\[ *(\d+)\] (\S+)/gm)].map(([, index, name]) => [index, name]),
  );
  return [...elf.matchAll(/ FUNC +GLOBAL +\S+ +(\d+) (\S+)$/gm)].map(([, index, name = '']) => {
    const section = sections.get(index) ?? '';
    return { name, section, hook: section.replace(/^cgroup\//, '') };
  });
}

/**
 * A type as `bpftool btf dump -j` prints it: the fields we read.
 * @typedef {object} Type
 * @property {number} id
 * @property {string} kind
 * @property {string} name
 * @property {number} [size]
 * @property {number} [type_id]
 * @property {number} [nr_elems]
 * @property {{ name: string, type_id: number }[]} [members]
 * @property {{ type_id: number }[]} [vars]
 */

/** An object's BTF types, by their ids. */
class Types {
  /** @param {string} file */
  constructor(file) {
    const dump = /** @type {{ types: Type[] }} */ (
      parseJson(run('bpftool', ['btf', 'dump', 'file', file, '-j']))
    );
    this.all = dump.types;
    this.byId = new Map(dump.types.map((type) => [type.id, type]));
  }

  /**
   * @param {number | undefined} id
   * @returns {Type}
   */
  get(id) {
    const type = id === undefined ? undefined : this.byId.get(id);
    if (!type) throw new Error(`the BTF has no type ${String(id)}`);
    return type;
  }

  /**
   * @param {Type} type
   * @returns {number}
   */
  size(type) {
    return type.size ?? this.size(this.get(type.type_id));
  }
}

/**
 * The maps of an object as its BTF defines them (libbpf's `.maps` section). Sizes in bytes.
 * @param {string} file
 * @returns {import('./manifest.mjs').MapLayout[]}
 */
export function mapsOf(file) {
  const types = new Types(file);
  const section = types.all.find((type) => type.kind === 'DATASEC' && type.name === '.maps');
  return (section?.vars ?? []).map(({ type_id }) => {
    const variable = types.get(type_id);
    // __uint(name, n) is a pointer to an array of n; __type(name, t) is a pointer to a t.
    const attributes = new Map(
      types
        .get(variable.type_id)
        .members?.map((member) => [member.name, types.get(types.get(member.type_id).type_id)]),
    );
    /** @param {string} name */
    const number = (name) => attributes.get(name)?.nr_elems ?? 0;
    /** @param {string} name */
    const size = (name) => types.size(attributes.get(name) ?? types.get(undefined));
    return {
      name: variable.name,
      type: MAP_TYPES.get(number('type')) ?? `type ${String(number('type'))}`,
      keySize: size('key'),
      valueSize: size('value'),
      maxEntries: number('max_entries'),
    };
  });
}

/**
 * The licence that the object declares to the kernel.
 * @param {string} file
 */
export function licenceOf(file) {
  const licence = /\] +(.+)$/m.exec(run(llvm('readelf'), ['--string-dump=license', file]))?.[1];
  if (licence === undefined) throw new Error(`${file} declares no licence`);
  return licence;
}

/**
 * Throws unless the object has its BTF, and names no path of the machine that built it.
 * @param {string} file
 */
export function checkClean(file) {
  const content = readFileSync(file).toString('latin1');
  if (!content.includes('.BTF.ext')) throw new Error(`${file} has no BTF`);
  const found = /\/(home|root|tmp|usr|var|work|builds?)\/[\w./-]*/.exec(content);
  if (found) throw new Error(`${file} names a path of this machine: ${found[0]}`);
}
