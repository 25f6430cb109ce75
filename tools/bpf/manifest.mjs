/**
 * bpf/prebuilt/manifest.json: what the prebuilt objects are. Sizes in bytes.
 *
 * @typedef {{ name: string, section: string, hook: string }} Program
 * @typedef {{ name: string, type: string, keySize: number, valueSize: number, maxEntries: number }} MapLayout
 * @typedef {MapLayout & { memory: number | null }} MeasuredMap `memory`: what the kernel charges while it is empty
 *
 * @typedef {object} ObjectEntry
 * @property {string} file
 * @property {string} sha256
 * @property {string} sourceHash over the sources and headers that it is built from
 * @property {string} licence what the object declares to the kernel
 * @property {Program[]} programs
 * @property {MeasuredMap[]} maps
 * @property {number | null} memory of all its maps
 *
 * @typedef {object} Manifest
 * @property {number} version of this format
 * @property {string} licence of the sources
 * @property {string} kernel the oldest that loads the objects
 * @property {import('./toolchain.mjs').Toolchain} toolchain
 * @property {ObjectEntry[]} objects
 */

/** What is recorded but depends on the machine that measured it. */
const MEASURED = new Set(['memory']);

/**
 * Every leaf of a JSON value, as `path = value`.
 * @param {unknown} value
 * @param {string} at
 * @returns {string[]}
 */
function leaves(value, at) {
  if (value === null || typeof value !== 'object') return [`${at} = ${JSON.stringify(value)}`];
  return Object.entries(value)
    .filter(([name]) => !MEASURED.has(name))
    .flatMap(([name, member]) => leaves(member, at === '' ? name : `${at}.${name}`));
}

/** @param {Manifest} manifest */
const comparable = ({ toolchain, ...rest }) => leaves({ ...rest, flags: toolchain.flags }, '');

/**
 * Says where a fresh build's manifest is not the recorded one, the versions of the tools apart. One line each.
 * @param {Manifest} recorded
 * @param {Manifest} built
 */
export function differences(recorded, built) {
  const before = comparable(recorded);
  const after = comparable(built);
  return [
    ...before.filter((line) => !after.includes(line)).map((line) => `recorded: ${line}`),
    ...after.filter((line) => !before.includes(line)).map((line) => `built:    ${line}`),
  ];
}

/**
 * Says which tools are of other versions than the manifest records. One line each.
 * @param {Manifest} recorded
 * @param {Manifest} built
 */
export function toolchainDifferences(recorded, built) {
  /** @type {('clang' | 'bpftool' | 'libbpf' | 'headers')[]} */
  const tools = ['clang', 'bpftool', 'libbpf', 'headers'];
  return tools
    .filter((tool) => recorded.toolchain[tool] !== built.toolchain[tool])
    .map((tool) => `${tool}: recorded ${recorded.toolchain[tool]}, here ${built.toolchain[tool]}`);
}
