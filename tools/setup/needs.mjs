// What each need is made of: how to see that a part is there, and which Debian packages bring it.

import { existsSync } from 'node:fs';
import { NAMES, crossCompiler, hostArchitecture, otherArchitecture } from '../agent/architectures.mjs';
import { canCross } from '../agent/sysroot.mjs';

/**
 * @typedef {object} Part
 * @property {string} why what it is for, as the end of "for ..."
 * @property {() => boolean} isThere looks at files only: this runs every time
 * @property {string[]} packages the first of them that the distribution has is installed
 */

const TRIPLE = NAMES[hostArchitecture()].triple;
const OTHER = otherArchitecture();

// Debian's users have no sbin in their PATH, and reach it through sudo.
const FOLDERS = new Set([...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin']);

/** @param {string[]} names */
const program = (...names) =>
  names.some((name) => [...FOLDERS].some((folder) => existsSync(`${folder}/${name}`)));
/** @param {string} name */
const header = (name) => existsSync(`/usr/include/${name}`) || existsSync(`/usr/include/${TRIPLE}/${name}`);
/** @param {string} name */
const archive = (name) => existsSync(`/usr/lib/${TRIPLE}/${name}.a`) || existsSync(`/usr/lib/${name}.a`);

/** @param {string} name @param {string} why @param {string[]} packages @returns {Part} */
const tool = (name, why, ...packages) => ({
  why,
  isThere: () => program(name),
  packages: packages.length ? packages : [name],
});

/** @type {Part[]} */
const COMPILER = [
  tool('gcc', 'compiling C'),
  { why: 'compiling C', isThere: () => header('stdio.h') && archive('libc'), packages: ['libc6-dev'] },
];

/** @type {Part} */
const LIBBPF = {
  why: 'loading BPF programs',
  isThere: () => header('bpf/libbpf.h') && archive('libbpf'),
  packages: ['libbpf-dev'],
};

/** @type {Record<string, Part[]>} */
export const NEEDS = {
  npm: [],
  agent: [
    ...COMPILER,
    LIBBPF,
    { why: 'linking libbpf', isThere: () => archive('libelf'), packages: ['libelf-dev'] },
    { why: 'linking libelf', isThere: () => archive('libz'), packages: ['zlib1g-dev'] },
    { why: 'the agent’s JSON', isThere: () => archive('libjansson'), packages: ['libjansson-dev'] },
  ],
  // With the sysroot that set-up.mjs makes.
  'agent-cross': canCross()
    ? [tool(crossCompiler(OTHER), `compiling C for ${OTHER}`, NAMES[OTHER].compiler)]
    : [],
  emulator: [tool(NAMES[OTHER].emulator, `running programs for ${OTHER}`, 'qemu-user')],
  bpf: [
    {
      why: 'compiling BPF programs',
      isThere: () => program('clang-14', 'clang'),
      packages: ['clang-14', 'clang'],
    },
    {
      why: 'stripping BPF objects',
      isThere: () => program('llvm-strip-14', 'llvm-strip'),
      packages: ['llvm-14', 'llvm'],
    },
    tool('pkg-config', 'naming libbpf’s version'),
    tool('bpftool', 'linking BPF objects', 'bpftool', 'linux-tools-generic'),
    LIBBPF,
  ],
  playground: [
    ...COMPILER,
    tool('ip', 'network namespaces', 'iproute2'),
    tool('iptables', 'iptables mode'),
    tool('nft', 'looking at what iptables wrote', 'nftables'),
    tool('conntrack', 'looking at tracked connections'),
    tool('sshd', 'a node that is reached over SSH', 'openssh-server'),
    tool('ssh-keygen', 'that node’s keys', 'openssh-client'),
    tool('sudo', 'users who are not root'),
    tool('nsenter', 'entering namespaces', 'util-linux'),
    tool('ps', 'looking at processes', 'procps'),
  ],
  // With the kind that set-up.mjs gets where the distribution has none.
  kind: [
    tool('dockerd', 'nodes of kind, which are containers', 'docker.io'),
    tool('docker', 'nodes of kind, which are containers', 'docker-cli', 'docker.io'),
    tool('containerd', 'pods in them'),
    tool('runc', 'pods in them'),
    tool('unshare', 'a Docker of our own', 'util-linux'),
  ],
  vscode: [
    tool('chromium', 'driving VS Code in a browser'),
    {
      why: 'letters in that browser',
      isThere: () => existsSync('/usr/share/fonts/truetype'),
      packages: ['fonts-dejavu-core'],
    },
    tool('g++', 'VS Code’s native modules'),
    tool('make', 'VS Code’s native modules'),
    tool('python3', 'VS Code’s native modules'),
  ],
};
