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

/**
 * Says where a fresh build's manifest is not the recorded one, the toolchain apart. One line each.
 * @param {Manifest} recorded
 * @param {Manifest} built
 */
export function differences(recorded, built) {
  const before = new Set(leaves({ ...recorded, toolchain: {} }, ''));
  const after = new Set(leaves({ ...built, toolchain: {} }, ''));
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `recorded: ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `built:    ${line}`),
  ];
}

/**
 * Says which tools are not those that the manifest records. One line each.
 * @param {Manifest} recorded
 * @param {Manifest} built
 */
export function toolchainDifferences(recorded, built) {
  const before = new Set(leaves(recorded.toolchain, ''));
  return leaves(built.toolchain, '')
    .filter((line) => !before.has(line))
    .map((line) => `the toolchain differs: here ${line}, recorded ${JSON.stringify(recorded.toolchain)}`);
}
