import { readFileSync } from 'node:fs';
import { llvm, run } from './toolchain.mjs';

/** Names of map types by number (enum bpf_map_type), for those we use. */
const MAP_TYPES = {
  1: 'hash',
  2: 'array',
  6: 'percpu_array',
  11: 'lpm_trie',
  15: 'sockmap',
  24: 'sk_storage',
};

/** The programs of an object: its global functions and the sections they are in. */
export function programsOf(file) {
  const sections = new Map();
  const elf = run(llvm('readelf'), ['--wide', '--sections', '--symbols', file]);
  for (const [, index, name] of elf.matchAll(/^ +\[ *(\d+)\] (\S+)/gm)) sections.set(index, name);
  return [...elf.matchAll(/ FUNC +GLOBAL +\S+ +(\d+) (\S+)$/gm)].map(([, index, name]) => ({
    name,
    section: sections.get(index),
  }));
}

/** The maps of an object as its BTF defines them (libbpf's `.maps` section). Sizes in bytes. */
export function mapsOf(file) {
  const { types } = JSON.parse(run('bpftool', ['btf', 'dump', 'file', file, '-j']));
  const byId = new Map(types.map((type) => [type.id, type]));
  const section = types.find((type) => type.kind === 'DATASEC' && type.name === '.maps');
  return (section?.vars ?? []).map((entry) => {
    const variable = byId.get(entry.type_id);
    const attributes = new Map(
      byId
        .get(variable.type_id)
        .members.map((member) => [member.name, byId.get(byId.get(member.type_id).type_id)]),
    );
    // __uint(name, n) is a pointer to an array of n; __type(name, t) is a pointer to a t.
    const number = (name) => attributes.get(name)?.nr_elems ?? 0;
    return {
      name: variable.name,
      type: MAP_TYPES[number('type')] ?? `type ${number('type')}`,
      keySize: sizeOf(byId, attributes.get('key')),
      valueSize: sizeOf(byId, attributes.get('value')),
      maxEntries: number('max_entries'),
    };
  });
}

function sizeOf(byId, type) {
  if (type.size !== undefined) return type.size;
  return sizeOf(byId, byId.get(type.type_id));
}

/** The licence that the object declares to the kernel. */
export function licenceOf(file) {
  const dump = run(llvm('readelf'), ['--string-dump=license', file]);
  return /\] +(.+)$/m.exec(dump)?.[1] ?? null;
}

/** Whether the object has its BTF, and no path of the machine that built it. */
export function checkClean(file) {
  const content = readFileSync(file).toString('latin1');
  if (!content.includes('.BTF.ext')) throw new Error(`${file} has no BTF`);
  const found = /\/(home|root|tmp|usr|var|work|builds?)\/[\w./-]*/.exec(content);
  if (found) throw new Error(`${file} names a path of this machine: ${found[0]}`);
}
