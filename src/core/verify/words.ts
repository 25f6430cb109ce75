import type { Acceptance, Endpoint } from '../model';

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export const nameOf = ({ address, port }: Endpoint): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Who has accepted a connection, as far as it is known: `envoy (42, user 1500) at 127.0.0.1:15001`. */
export function takerText({ local, uid, pid, comm }: Acceptance): string {
  const user = uid === null ? [] : [`user ${uid}`];
  const process = pid === null ? user : [`${pid}`, ...user];
  const about = process.length === 0 ? '' : ` (${process.join(', ')})`;
  return `${comm ?? 'Someone'}${about} at ${nameOf(local)}`;
}
