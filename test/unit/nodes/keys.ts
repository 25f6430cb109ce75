/** Two host keys as ssh-keygen made them. Their private halves do not exist any more. */
export const ED25519 = {
  type: 'ssh-ed25519',
  encoded: 'AAAAC3NzaC1lZDI1NTE5AAAAIMWgzZ9r7ev0orJjnslUX7XW4Fqza4eudHa9HKTrvWBy',
  fingerprint: 'SHA256:0MX8dww9WU0UGYM4wualpTJf/WPNZ6A3sKcGj9Yovec',
};
export const RSA = {
  type: 'ssh-rsa',
  encoded:
    'AAAAB3NzaC1yc2EAAAADAQABAAAAgQC/ZeEs09bMY0ZV38rYUXrwYauXhR3SEeHPv3LjQo1Rh6CIcsOU1c5rlKsSo2F3A+0scz1lqWaA' +
    'oOUge0lg3aybwj5WT8r+gMF5J6p9tMMoE52+MM4AdCxBk2ydWyaq53y5ZKrDSF6eTkp359CWN/vuupHsolpli1hKKcG4nADohQ==',
  fingerprint: 'SHA256:is1dmzIFIfE3PBisUb1STgycqA4jr7ekg/z6fIKiu98',
};

/** `ssh-keygen -H` made these of `[node.example]:2222` and `node.example` with the ed25519 key. */
export const HASHED = {
  withPort: `|1|bHQmO3vZiUgxc/NAHZBMc+huozg=|aTfvVNLhL98uvKeni05QXs1bZwk= ${ED25519.type} ${ED25519.encoded}`,
  plain: `|1|LIKvm47Fjd97g3TUtxQiWCYETjY=|huL/q8/Ze9dcLcvRTnsXM6khXic= ${ED25519.type} ${ED25519.encoded}`,
};

/** The key itself. */
export function blob(key: { encoded: string }): Buffer {
  return Buffer.from(key.encoded, 'base64');
}

/** A line of known_hosts. */
export function line(hosts: string, key: { type: string; encoded: string }, comment = ''): string {
  return `${hosts} ${key.type} ${key.encoded}${comment}`;
}
