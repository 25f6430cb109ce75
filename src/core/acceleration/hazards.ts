/**
 * What acceleration changes for a program and no guard of ours can keep away, a sentence each: docs/acceleration.md says
 * more of each, and test/kernel/ebpf/accelerate.test.ts shows it.
 */
export const HAZARDS = [
  'A program that reads sockets with splice(2) does not see what skipped TCP, and stalls. HAProxy with "splice", and Go’s io.Copy between two TCP connections, do so.',
  'On kernels without a fix of 2026, FIONREAD says 0 for what skipped TCP. nginx may then wait for what is there already.',
  'Urgent data (MSG_OOB) comes as ordinary data.',
  'A program that closes without having read all looks to the other end as if it had: the end, and no reset.',
  'A socket that is made to wait in recv(2) after it joined can give EAGAIN there.',
  'Packet captures, tc and iptables rules, and the byte counts of ss and TCP_INFO do not see what skipped TCP.',
] as const;
