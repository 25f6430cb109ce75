// Installs Debian packages, as root or through sudo, and starts nothing that they bring.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const POLICY = '/usr/sbin/policy-rc.d';

/** @param {string[]} argv @param {string} [input] */
function asRoot(argv, input) {
  const [file = '', ...args] = process.getuid?.() === 0 ? argv : ['sudo', ...argv];
  execFileSync(file, args, {
    input,
    stdio: [input === undefined ? 'inherit' : 'pipe', 'inherit', 'inherit'],
  });
}

/** @param {string} name whether the package lists know an installable one */
function isKnown(name) {
  const policy = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' }).stdout;
  return /Candidate: (?!\(none\))/.test(policy);
}

/**
 * Debian starts a service when it is installed. Exit code 101 of policy-rc.d forbids it (Debian Policy 9.3.3.1);
 * where systemd would start it with the machine, it is told not to.
 * @param {boolean} bringsSshd @param {() => void} install
 */
function withoutServices(bringsSshd, install) {
  const mine = !existsSync(POLICY);
  if (mine) asRoot(['sh', '-c', `cat >${POLICY} && chmod 755 ${POLICY}`], '#!/bin/sh\nexit 101\n');
  try {
    install();
    if (bringsSshd && existsSync('/run/systemd/system'))
      asRoot(['systemctl', 'disable', '--quiet', 'ssh.service', 'ssh.socket']);
  } finally {
    if (mine) asRoot(['rm', '-f', POLICY]);
  }
}

/**
 * Installs, of each list of alternatives, the first package that there is. Throws, naming what to do by hand, where
 * there is no apt or no way to be root.
 * @param {string[][]} wanted
 */
export function installPackages(wanted) {
  const firsts = wanted.map(([first]) => first).join(' ');
  if (!existsSync('/usr/bin/apt-get'))
    throw new Error(`There is no apt-get here. Install what Debian calls: ${firsts}`);
  if (process.getuid?.() !== 0 && !existsSync('/usr/bin/sudo'))
    throw new Error(`There is no sudo here. As root: apt-get install ${firsts}`);
  asRoot(['apt-get', 'update', '-qq']);
  const names = wanted.map((alternatives) => {
    const name = alternatives.find(isKnown);
    if (name === undefined) throw new Error(`No package for: ${alternatives.join(' or ')}`);
    return name;
  });
  const options = ['-y', '-q', '--no-install-recommends', '-o', 'DPkg::Lock::Timeout=300'];
  withoutServices(names.includes('openssh-server'), () => {
    asRoot(['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'install', ...options, ...names]);
  });
}
