// The architectures that the agent is built for, and what Debian calls them.

/** @typedef {'x86_64' | 'arm64'} Architecture as our own files and the agent's protocol name it */

/**
 * @typedef {object} Names
 * @property {string} node of process.arch
 * @property {string} debian of packages
 * @property {string} triple of folders and of the compiler
 * @property {string} compiler the package that brings a compiler to machines of the other kind
 * @property {string} emulator the program of qemu-user that runs it
 */

/** @type {Record<Architecture, Names>} */
export const NAMES = {
  x86_64: {
    node: 'x64',
    debian: 'amd64',
    triple: 'x86_64-linux-gnu',
    compiler: 'gcc-x86-64-linux-gnu',
    emulator: 'qemu-x86_64',
  },
  arm64: {
    node: 'arm64',
    debian: 'arm64',
    triple: 'aarch64-linux-gnu',
    compiler: 'gcc-aarch64-linux-gnu',
    emulator: 'qemu-aarch64',
  },
};

export const ARCHITECTURES = /** @type {Architecture[]} */ (Object.keys(NAMES));

/** @returns {Architecture} this machine's. Throws where the agent cannot be built. */
export function hostArchitecture() {
  const found = ARCHITECTURES.find((arch) => NAMES[arch].node === process.arch);
  if (!found)
    throw new Error(`The agent is built for ${ARCHITECTURES.join(' and ')}, not for ${process.arch}`);
  return found;
}

/** @returns {Architecture} the one that this machine has to cross-build for */
export const otherArchitecture = () => (hostArchitecture() === 'arm64' ? 'x86_64' : 'arm64');

/** @param {Architecture} arch @returns {string} the compiler's program for it, on a machine of the other kind */
export const crossCompiler = (arch) => `${NAMES[arch].triple}-gcc`;
