/** What is recorded but depends on the machine that measured it. */
const measured = new Set(['memory']);

/** Every leaf of a JSON value, as `path = value`. */
function leaves(value, at) {
  if (value === null || typeof value !== 'object') return [`${at} = ${JSON.stringify(value)}`];
  return Object.entries(value)
    .filter(([name]) => !measured.has(name))
    .flatMap(([name, member]) => leaves(member, at === '' ? name : `${at}.${name}`));
}

/** Says where a fresh build's manifest is not the recorded one, the toolchain apart. One line each. */
export function differences(recorded, built) {
  const withoutTools = (manifest) => leaves({ ...manifest, toolchain: {} }, '');
  const before = new Set(withoutTools(recorded));
  const after = new Set(withoutTools(built));
  return [
    ...[...before].filter((line) => !after.has(line)).map((line) => `recorded: ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `built:    ${line}`),
  ];
}

/** Says which tools are not those that the manifest records. One line each. */
export function toolchainDifferences(recorded, present) {
  return Object.keys(recorded)
    .filter((tool) => JSON.stringify(recorded[tool]) !== JSON.stringify(present[tool]))
    .map((tool) => `${tool}: recorded ${String(recorded[tool])}, here ${String(present[tool])}`);
}
