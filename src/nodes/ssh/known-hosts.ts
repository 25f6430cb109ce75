/**
 * What known_hosts files say, as sshd(8) describes them under SSH_KNOWN_HOSTS FILE FORMAT.
 * Pure: files are read in known-hosts-file.ts.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { matchesPatternList } from '../../core/wildcards';

/** One line that names keys. */
export interface KnownHost {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly marker: 'none' | 'revoked' | 'cert-authority';
  /** As written: patterns, or one hashed name. */
  readonly hosts: readonly string[];
  readonly keyType: string;
  readonly key: Buffer;
}

/** A line that cannot be understood. It is passed over. */
export interface Malformed {
  readonly file: string;
  readonly line: number;
  readonly problem: string;
}

const MARKERS: ReadonlyMap<string | undefined, KnownHost['marker']> = new Map([
  [undefined, 'none'],
  ['@revoked', 'revoked'],
  ['@cert-authority', 'cert-authority'],
]);

/** The key type that a key blob begins with (RFC 4253, section 6.6); undefined if it is no key. */
export function keyTypeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined;
  const length = key.readUInt32BE(0);
  return length > 0 && length <= key.length - 4 ? key.toString('latin1', 4, 4 + length) : undefined;
}

function parseLine(text: string): Omit<KnownHost, 'file' | 'line'> | string {
  const words = text.split(/[ \t]+/);
  const word = words[0]?.startsWith('@') ? words.shift() : undefined;
  const marker = MARKERS.get(word);
  if (marker === undefined) return `unknown marker ${word ?? ''}`;
  const [hosts, keyType, encoded] = words;
  if (hosts === undefined || keyType === undefined || encoded === undefined) return 'fewer than three fields';
  if (!/^[A-Za-z0-9+/]+=*$/.test(encoded)) return 'the key is not base64';
  const key = Buffer.from(encoded, 'base64');
  if (keyTypeOf(key) !== keyType) return `the key is not of type ${keyType}`;
  return { marker, hosts: hosts.split(','), keyType, key };
}

/** Reads one file's text. Comments and blank lines say nothing; a malformed line hides no other. */
export function parseKnownHosts(file: string, text: string): { known: KnownHost[]; malformed: Malformed[] } {
  const known: KnownHost[] = [];
  const malformed: Malformed[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const trimmed = raw.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const line = index + 1;
    const parsed = parseLine(trimmed);
    if (typeof parsed === 'string') malformed.push({ file, line, problem: parsed });
    else known.push({ file, line, ...parsed });
  }
  return { known, malformed };
}

/** The name that known_hosts knows a host by: with its port where that is not 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

function matchesHash(pattern: string, name: string): boolean {
  const [, version, salt, hash] = pattern.split('|');
  if (version !== '1' || salt === undefined || hash === undefined) return false;
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash;
}

/** Whether a line is about this host; `name` comes from `knownHostName`. A negated pattern excludes it. */
export function isAbout({ hosts }: KnownHost, name: string): boolean {
  return (
    hosts.some((pattern) => pattern.startsWith('|') && matchesHash(pattern, name)) ||
    matchesPatternList(
      hosts.map((pattern) => pattern.toLowerCase()),
      name,
    )
  );
}

/** A host's name as `HashKnownHosts` has it written: who reads the file does not learn where one connects to. */
export function hashedName(name: string): string {
  const salt = randomBytes(20);
  const hash = createHmac('sha1', salt).update(name).digest('base64');
  return `|1|${salt.toString('base64')}|${hash}`;
}
