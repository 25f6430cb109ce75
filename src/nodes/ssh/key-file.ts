/** Files with keys: reading, and opening with a passphrase. Formats are ssh2's, and PKCS#8 through node's own crypto. */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import ssh2, { type ParsedKey } from 'ssh2';
import { keyTypeOf } from './known-hosts';

/** A key cannot be had from a file. The message is the end of a sentence that begins with the file's name. */
export class KeyFileError extends Error {
  override readonly name = 'KeyFileError';
}

/** What is in a file. */
export type KeyFile =
  | { readonly kind: 'public'; readonly publicKey: Buffer }
  | { readonly kind: 'open'; readonly publicKey: Buffer; readonly key: ParsedKey }
  | {
      readonly kind: 'locked';
      /** Undefined where only the passphrase would tell. */
      readonly publicKey: Buffer | undefined;
      /** The same for the same content. */
      readonly id: string;
      /** Undefined for a wrong passphrase. */
      open(passphrase: string): ParsedKey | undefined;
    };

/** `parseKey` gives a list for OpenSSH's own format, which its types do not say. */
function parse(data: Buffer | string, passphrase?: string): ParsedKey | Error {
  const [parsed] = [ssh2.utils.parseKey(data, passphrase)].flat();
  return parsed ?? new Error('it holds no key');
}

const PKCS8 = /^-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/m;

/** PKCS#8 as the older PEM that ssh2 reads. */
function fromPkcs8(pem: Buffer, passphrase?: string): ParsedKey | Error {
  let object: KeyObject;
  try {
    object = createPrivateKey({
      key: pem,
      format: 'pem',
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch (error) {
    return error as Error;
  }
  if (object.asymmetricKeyType !== 'rsa' && object.asymmetricKeyType !== 'ec') {
    return new Error(`PKCS#8 with ${object.asymmetricKeyType ?? 'an unknown key'} is not supported`);
  }
  const type = object.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
  return parse(object.export({ type, format: 'pem' }));
}

const MAGIC = 'openssh-key-v1\0';

/** OpenSSH's format has the public half in the clear, also where the private one is locked (its PROTOCOL.key). */
function publicHalf(text: string): Buffer | undefined {
  const encoded = /-----BEGIN OPENSSH PRIVATE KEY-----([^-]+)-----END/.exec(text)?.[1];
  if (encoded === undefined) return undefined;
  const data = Buffer.from(encoded, 'base64');
  if (data.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  let offset = MAGIC.length;
  const string = (): Buffer | undefined => {
    if (offset + 4 > data.length) return undefined;
    const end = offset + 4 + data.readUInt32BE(offset);
    const value = data.subarray(offset + 4, end);
    offset = end;
    return end > data.length ? undefined : value;
  };
  // The cipher, the key derivation and its options.
  if (!string() || !string() || !string()) return undefined;
  offset += 4;
  const key = string();
  return key && keyTypeOf(key) !== undefined ? key : undefined;
}

/** The public half beside a private key, where ssh-keygen leaves it. */
async function publicBeside(file: string): Promise<Buffer | undefined> {
  // It only saves a question: where it cannot be read, the passphrase will tell.
  const text = await readFile(`${file}.pub`, 'utf8').catch(() => '');
  const encoded = /^\S+ ([A-Za-z0-9+/]+=*)/.exec(text)?.[1];
  const key = encoded === undefined ? undefined : Buffer.from(encoded, 'base64');
  return key && keyTypeOf(key) !== undefined ? key : undefined;
}

async function read(file: string): Promise<Buffer> {
  try {
    const { mode, uid } = await stat(file);
    // As ssh(1): what others can read is no secret any more.
    if (process.platform !== 'win32' && uid === process.getuid?.() && (mode & 0o077) !== 0) {
      const bits = (mode & 0o7777).toString(8).padStart(4, '0');
      throw new KeyFileError(
        `is not used: others may read it (${bits}); make it yours alone with "chmod 600"`,
      );
    }
    return await readFile(file);
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError(`cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** Public keys may be read by everybody. */
async function readPublic(file: string): Promise<KeyFile | undefined> {
  if (!file.endsWith('.pub')) return undefined;
  const publicKey = await publicBeside(file.slice(0, -'.pub'.length));
  return publicKey && { kind: 'public', publicKey };
}

/** Reads a file with a key. @throws KeyFileError */
export async function readKeyFile(file: string): Promise<KeyFile> {
  const alone = await readPublic(file);
  if (alone) return alone;
  const data = await read(file);
  const text = data.toString('latin1');
  const pkcs8 = PKCS8.exec(text);
  const parsed = pkcs8 ? fromPkcs8(data) : parse(data);
  if (!(parsed instanceof Error)) {
    const publicKey = parsed.getPublicSSH();
    return parsed.isPrivateKey() ? { kind: 'open', publicKey, key: parsed } : { kind: 'public', publicKey };
  }
  // ssh2 has no code for it, only words.
  const locked = pkcs8 ? pkcs8[1] !== undefined : /encrypted/i.test(parsed.message);
  if (!locked) throw new KeyFileError(`cannot be used: ${parsed.message}`, { cause: parsed });
  return {
    kind: 'locked',
    publicKey: publicHalf(text) ?? (await publicBeside(file)),
    id: createHash('sha256').update(data).digest('hex'),
    open: (passphrase) => {
      const opened = pkcs8 ? fromPkcs8(data, passphrase) : parse(data, passphrase);
      return opened instanceof Error || !opened.isPrivateKey() ? undefined : opened;
    },
  };
}
