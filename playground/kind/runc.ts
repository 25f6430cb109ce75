import { chmod, readFile, writeFile } from 'node:fs/promises';

/** By number, as capabilities(7) names them without `CAP_`. */
const CAPABILITIES =
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'.split(
    ' ',
  );

/** Those that this process could never get, and so cannot give to a container. */
async function missingCapabilities(): Promise<string[]> {
  const status = await readFile('/proc/self/status', 'utf8');
  const bounding = BigInt(`0x${/^CapBnd:\s*(\w+)/m.exec(status)?.[1] ?? '0'}`);
  return CAPABILITIES.filter((_name, number) => ((bounding >> BigInt(number)) & 1n) === 0n);
}

const wrapper = (edits: readonly string[]): string => `#!/bin/sh
# runc, asked for no more than this machine can give.
file= bundle= before=
for argument; do
  case $before in --bundle|-b) bundle=$argument/config.json ;; --process|-p) file=$argument ;; esac
  before=$argument
done
case " $* " in *" create "*) file=$bundle ;; *" exec "*) ;; *) file= ;; esac
[ ! -f "$file" ] || sed -i -E ${edits.map((edit) => `-e '${edit}'`).join(' ') || "-e ''"} "$file"
PATH=/usr/sbin:/usr/bin:/sbin:/bin exec runc "$@"
`;

/**
 * Writes a program that is runc where privileged containers can be made on a machine that is a container itself:
 * it leaves out capabilities that are not to be had, and limits for which cgroup v2 has no controller here.
 * @param hybrid the controllers are with cgroup v1
 */
export async function writeRuncWrapper(file: string, hybrid: boolean): Promise<void> {
  const missing = (await missingCapabilities()).join('|');
  const edits = [
    ...(missing === '' ? [] : [`s/,"CAP_(${missing})"//g; s/"CAP_(${missing})",?//g`]),
    ...(hybrid ? ['s/"cpu":\\{[^}]*\\}/"cpu":{}/'] : []),
  ];
  await writeFile(file, wrapper(edits));
  await chmod(file, 0o755);
}
