import type { Jump } from '../host';

/** Reads one entry of `ProxyJump`: `[user@]host[:port]` or `ssh://[user@]host[:port]`. Undefined if it is none. */
export function parseJump(text: string): Jump | undefined {
  const written = text
    .trim()
    .replace(/^ssh:\/\//i, '')
    .replace(/\/$/, '');
  const match = /^(?:(?<user>.+)@)?(?:\[(?<ip6>[^\]]+)\]|(?<host>[^:@[\]\s]+))(?::(?<port>\d+))?$/.exec(
    written,
  );
  const bare = /^(?:(?<user>.+)@)?(?<host>[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*)$/i.exec(written);
  const { user, ip6, host = ip6, port } = (match ?? bare)?.groups ?? {};
  // As ssh(1): what begins with "-" would be an option of some program.
  if (host === undefined || host.startsWith('-') || user?.startsWith('-')) return undefined;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) return undefined;
  return {
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** The whole of `ProxyJump`; a text that says which entry is wrong. */
export function parseJumps(text: string): Jump[] | string {
  if (text.toLowerCase() === 'none') return [];
  const jumps: Jump[] = [];
  for (const entry of text.split(',')) {
    const jump = parseJump(entry);
    if (!jump) return `"${entry.trim()}" is no [user@]host[:port]`;
    jumps.push(jump);
  }
  return jumps;
}
