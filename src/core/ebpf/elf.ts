/** What a BPF object has inside: the names of its programs and of its maps, in no order. */
export interface ObjectContents {
  programs: string[];
  maps: string[];
}

const MAGIC = 0x7f454c46; // "\x7fELF"
const CLASS_64 = 2;
const LITTLE_ENDIAN = 1;
const MACHINE_BPF = 247; // EM_BPF
const SECTION_SYMBOLS = 2; // SHT_SYMTAB
const SYMBOL_SIZE = 24;
const TYPE_OBJECT = 1; // STT_OBJECT
const TYPE_FUNCTION = 2; // STT_FUNC
const GLOBAL = 1; // STB_GLOBAL
const MAPS_SECTION = '.maps';

interface Section {
  name: number;
  type: number;
  offset: number;
  size: number;
  link: number;
}

/** Fields of elf(5) for a little-endian ELF64 file. Reading past the end throws RangeError. */
class Elf {
  readonly #view: DataView;
  readonly sections: Section[];

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const view = this.#view;
    const isBpf =
      view.getUint32(0) === MAGIC &&
      view.getUint8(4) === CLASS_64 &&
      view.getUint8(5) === LITTLE_ENDIAN &&
      view.getUint16(18, true) === MACHINE_BPF;
    if (!isBpf) throw new RangeError('not a little-endian BPF object');
    const start = this.#number(40);
    const [entry, count] = [view.getUint16(58, true), view.getUint16(60, true)];
    this.sections = Array.from({ length: count }, (_, index) => {
      const at = start + index * entry;
      return {
        name: view.getUint32(at, true),
        type: view.getUint32(at + 4, true),
        offset: this.#number(at + 24),
        size: this.#number(at + 32),
        link: view.getUint32(at + 40, true),
      };
    });
  }

  nameOfSection(section: Section | undefined): string {
    const names = this.sections[this.#view.getUint16(62, true)];
    return section && names ? this.#text(names.offset + section.name) : '';
  }

  /** The global symbols, each with the section that it lies in. */
  *globals(): Generator<{ name: string; type: number; section: Section | undefined }> {
    for (const { offset, size, link } of this.sections.filter(({ type }) => type === SECTION_SYMBOLS)) {
      const names = this.sections[link]?.offset ?? 0;
      for (let at = offset; at < offset + size; at += SYMBOL_SIZE) {
        const info = this.#view.getUint8(at + 4);
        if (info >> 4 !== GLOBAL) continue;
        const section = this.sections[this.#view.getUint16(at + 6, true)];
        yield { name: this.#text(names + this.#view.getUint32(at, true)), type: info & 15, section };
      }
    }
  }

  /** 64 bits: offsets and sizes of a file, which fit. */
  #number(at: number): number {
    return Number(this.#view.getBigUint64(at, true));
  }

  #text(at: number): string {
    let text = '';
    for (let next = at; this.#view.getUint8(next) !== 0; next++)
      text += String.fromCharCode(this.#view.getUint8(next));
    return text;
  }
}

/**
 * Reads which programs and maps a BPF object has, from its symbols: programs are global functions, maps global objects
 * in the section `.maps` (libbpf 1.0 and later). Throws RangeError if the bytes are no such object.
 */
export function objectContents(bytes: Uint8Array): ObjectContents {
  const elf = new Elf(bytes);
  const contents: ObjectContents = { programs: [], maps: [] };
  for (const { name, type, section } of elf.globals()) {
    if (type === TYPE_FUNCTION) contents.programs.push(name);
    if (type === TYPE_OBJECT && elf.nameOfSection(section) === MAPS_SECTION) contents.maps.push(name);
  }
  return contents;
}
