import type { BtfType } from '../../../src/core/model';

/** The section of a 64-bit little-endian ELF file. */
function section(elf: Buffer, wanted: string): Buffer {
  const table = Number(elf.readBigUInt64LE(40));
  const header = (index: number): Buffer => elf.subarray(table + index * 64, table + index * 64 + 64);
  const bytes = (of: Buffer): Buffer => {
    const start = Number(of.readBigUInt64LE(24));
    return elf.subarray(start, start + Number(of.readBigUInt64LE(32)));
  };
  const names = bytes(header(elf.readUInt16LE(62)));
  for (let index = 0; index < elf.readUInt16LE(60); index++) {
    const start = header(index).readUInt32LE(0);
    if (names.toString('latin1', start, names.indexOf(0, start)) === wanted) return bytes(header(index));
  }
  throw new Error(`no section ${wanted}`);
}

interface Raw {
  kind: number;
  name: string;
  sizeOrType: number;
  vlen: number;
  rest: Buffer;
}

/** Bytes after the common part of a type, by kind (include/uapi/linux/btf.h), of those that clang 14 writes. */
function extra(kind: number, vlen: number): number {
  const each: Record<number, number> = { 4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12 };
  const fixed: Record<number, number> = { 1: 4, 3: 12, 14: 4, 17: 4 };
  return fixed[kind] ?? (each[kind] ?? 0) * vlen;
}

/** The types of an object's BTF, as the agent tells of them. A second reader, so that tests need no kernel. */
export class Btf {
  readonly #raw: Raw[] = [{ kind: 0, name: 'void', sizeOrType: 0, vlen: 0, rest: Buffer.alloc(0) }];
  readonly #strings: Buffer;

  constructor(elf: Buffer) {
    const btf = section(elf, '.BTF');
    const start = btf.readUInt32LE(4);
    const types = btf.subarray(start + btf.readUInt32LE(8)).subarray(0, btf.readUInt32LE(12));
    this.#strings = btf.subarray(start + btf.readUInt32LE(16));
    for (let at = 0; at < types.length;) {
      const info = types.readUInt32LE(at + 4);
      const [kind, vlen] = [(info >> 24) & 0x1f, info & 0xffff];
      const rest = types.subarray(at + 12, at + 12 + extra(kind, vlen));
      const name = this.#name(types.readUInt32LE(at));
      this.#raw.push({ kind, name, sizeOrType: types.readUInt32LE(at + 8), vlen, rest });
      at += 12 + rest.length;
    }
  }

  #name(offset: number): string {
    return this.#strings.toString('latin1', offset, this.#strings.indexOf(0, offset));
  }

  struct(name: string): Extract<BtfType, { kind: 'struct' }> {
    const type = this.#type(this.#raw.findIndex((raw) => raw.kind === 4 && raw.name === name));
    if (type.kind !== 'struct') throw new Error(`no struct ${name}`);
    return type;
  }

  #type(id: number): BtfType {
    const raw = this.#raw[id];
    if (!raw) throw new Error(`no type ${id}`);
    const { name, sizeOrType: size, rest } = raw;
    switch (raw.kind) {
      case 1:
        return { kind: 'int', name, size, signed: ((rest.readUInt32LE(0) >> 24) & 1) === 1 };
      case 3: {
        const [element, count] = [this.#type(rest.readUInt32LE(0)), rest.readUInt32LE(8)];
        return { kind: 'array', size: element.size * count, count, element };
      }
      case 4: {
        const members = Array.from({ length: raw.vlen }, (_, index) => ({
          name: this.#name(rest.readUInt32LE(index * 12)),
          offset: (rest.readUInt32LE(index * 12 + 8) & 0xffffff) / 8,
          type: this.#type(rest.readUInt32LE(index * 12 + 4)),
        }));
        return { kind: 'struct', name, size, members };
      }
      case 8: {
        const type = this.#type(size);
        return { kind: 'typedef', name, size: type.size, type };
      }
      default:
        return { kind: 'unknown', name, size: 0 };
    }
  }
}
