import { hostname, userInfo } from 'node:os';

/** Who switches from this VS Code, as others who find a workload held are told: `alice@laptop`. */
export function holderName(): string {
  return `${userName()}@${hostname()}`;
}

/** A user without an entry in the user database has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? '?'}`;
  }
}
