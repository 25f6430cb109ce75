import { NodeError } from '../errors';
import type { Prompts } from '../node';
import { placeText } from './config/file';
import { hostText, type SshHost } from './host';
import {
  authoritiesFor,
  fingerprint,
  hostKeyAlgorithms,
  judgeHostKey,
  type HostKeyAlgorithm,
  type HostNames,
} from './host-key';
import { hashedName, keyTypeOf, knownHostName, type KnownHost } from './known-hosts';
import { loadKnownHosts, rememberHostKey } from './known-hosts-file';

function namesOf({ hostKeyAlias, host, port }: SshHost): HostNames {
  // An alias stands for the name with its port, as for ssh(1).
  if (hostKeyAlias !== undefined) return { own: hostKeyAlias.toLowerCase() };
  const own = knownHostName(host, port);
  return port === 22 ? { own } : { own, withoutPort: knownHostName(host, 22) };
}

/** Where a check tells what a person should know, and asks. */
export interface HostCheckServices {
  readonly confirmHostKey: Prompts['confirmHostKey'];
  readonly warn: (text: string) => void;
}

/** Judges the key that one host shows during one connection attempt. */
export class HostCheck {
  readonly algorithms: readonly HostKeyAlgorithm[];
  readonly #host: SshHost;
  readonly #names: HostNames;
  readonly #known: readonly KnownHost[];
  readonly #services: HostCheckServices;
  #accepted: Buffer | undefined;
  #remember = false;

  private constructor(host: SshHost, known: readonly KnownHost[], services: HostCheckServices) {
    this.#host = host;
    this.#names = namesOf(host);
    this.#known = known;
    this.#services = services;
    this.algorithms = hostKeyAlgorithms(known, this.#names);
  }

  /** Reads what is known. @throws NodeError `bad-settings` for a file that cannot be read */
  static async of(host: SshHost, services: HostCheckServices): Promise<HostCheck> {
    const { known, malformed } = await loadKnownHosts([...host.userKnownHosts, ...host.globalKnownHosts]);
    for (const { problem, ...place } of malformed) {
      services.warn(`${placeText(place)} is passed over: ${problem}.`);
    }
    return new HostCheck(host, known, services);
  }

  /** Resolves if the key may be used. @throws NodeError `host-key-changed`, `host-key-rejected` */
  async check(key: Buffer): Promise<void> {
    if (this.#accepted?.equals(key)) return;
    const verdict = judgeHostKey(this.#known, this.#names, key);
    switch (verdict.kind) {
      case 'trusted':
        break;
      case 'unknown':
        await this.#unknown(key);
        this.#remember = true;
        break;
      case 'changed':
        throw this.#changed(key, verdict.entry);
      case 'revoked':
        throw this.#revoked(key, verdict.entry);
    }
    this.#accepted = key;
  }

  /** To be called once the host has proved that it owns the key: only then is a trusted key written down. */
  async proved(): Promise<void> {
    const [file] = this.#host.userKnownHosts;
    if (!this.#remember || !this.#accepted || file === undefined) return;
    this.#remember = false;
    const { own } = this.#names;
    const name = this.#host.hashKnownHosts ? hashedName(own) : own;
    await rememberHostKey(file, name, keyTypeOf(this.#accepted) ?? '', this.#accepted);
  }

  async #unknown(key: Buffer): Promise<void> {
    const host = hostText(this.#host);
    const question = { host, keyType: keyTypeOf(key) ?? 'unknown', fingerprint: fingerprint(key) };
    const authorities = authoritiesFor(this.#known, this.#names).map(placeText);
    const notice =
      authorities.length === 0
        ? ''
        : `${authorities.join(', ')} names a certificate authority for it, but @cert-authority is not supported.`;
    if (notice !== '') this.#services.warn(`${host}: ${notice}`);
    switch (this.#host.unknownHostKey) {
      case 'accept':
        this.#services.warn(
          `${host} is taken for known by its ${question.keyType} key ${question.fingerprint}: StrictHostKeyChecking is accept-new.`,
        );
        return;
      case 'refuse':
        throw new NodeError(
          'host-key-rejected',
          `The host key of ${host} (${question.fingerprint}) is in no known_hosts file, and StrictHostKeyChecking is yes. ${notice}`.trim(),
          'Connect once with "ssh -o StrictHostKeyChecking=ask", and compare the fingerprint.',
        );
      case 'ask':
        if (await this.#services.confirmHostKey(notice === '' ? question : { ...question, notice })) return;
        throw new NodeError(
          'host-key-rejected',
          `The host key of ${host} (${question.fingerprint}) was not accepted.`,
          'Compare the fingerprint with the one that ssh-keygen -l prints on the node, then connect again.',
        );
    }
  }

  #changed(key: Buffer, entry: KnownHost): NodeError {
    const host = hostText(this.#host);
    return new NodeError(
      'host-key-changed',
      `The host key of ${host} is not the one in ${placeText(entry)}. It shows ${
        keyTypeOf(key) ?? 'a key'
      } ${fingerprint(key)}, known is ${entry.keyType} ${fingerprint(entry.key)}. Someone may be between you and the node.`,
      `If you know why the key changed, remove line ${entry.line} of ${entry.file} and connect again.`,
    );
  }

  #revoked(key: Buffer, entry: KnownHost): NodeError {
    return new NodeError(
      'host-key-rejected',
      `The host key of ${hostText(this.#host)} (${fingerprint(key)}) is revoked in ${placeText(entry)}.`,
      'Give the node a new host key: a revoked one must not be trusted.',
    );
  }
}
