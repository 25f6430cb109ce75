/** Targets after which no further rule of any chain of the hook is asked. `RETURN` ends only its own chain. */
const ENDS = new Set([
  ...['ACCEPT', 'DROP', 'REJECT', 'QUEUE', 'NFQUEUE', 'REDIRECT', 'DNAT', 'SNAT', 'MASQUERADE', 'NETMAP'],
  ...['TPROXY', 'TARPIT', 'MIRROR'],
]);

/** Targets after which the next rule is asked (XT_CONTINUE). */
const CONTINUES = new Set([
  ...['AUDIT', 'CHECKSUM', 'CLASSIFY', 'CONNMARK', 'CONNSECMARK', 'CT', 'DNPT', 'DSCP', 'ECN', 'HL', 'HMARK'],
  ...['IDLETIMER', 'IPMARK', 'LED', 'LOG', 'MARK', 'NFLOG', 'NOTRACK', 'RATEEST', 'SECMARK', 'SET', 'SNPT'],
  ...['SYSLOG', 'TCPMSS', 'TCPOPTSTRIP', 'TEE', 'TOS', 'TRACE', 'TTL', 'ULOG'],
]);

/** Targets that go on or end, by the packet. */
const EITHER = new Set(['CLUSTERIP', 'SYNPROXY']);

/** True for a target that ends the walk for every packet that comes to it. */
export const endsWalk = (target: string): boolean => ENDS.has(target);

/** True for a target that the kernel has, and not a chain. */
export const isExtension = (target: string): boolean =>
  target === 'RETURN' || ENDS.has(target) || CONTINUES.has(target) || EITHER.has(target);

/** The chains that the kernel has by itself. */
export const BUILTIN_CHAINS: ReadonlySet<string> = new Set([
  'PREROUTING',
  'INPUT',
  'FORWARD',
  'OUTPUT',
  'POSTROUTING',
]);
