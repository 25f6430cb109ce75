import { NodeError } from '../errors';
import type { Prompts } from '../node';
import { fingerprint, hostKeyAlgorithms, judgeHostKey, type HostKeyAlgorithm } from './host-key';
import { keyTypeOf, knownHostName, type KnownHost } from './known-hosts';
import { rememberHostKey } from './known-hosts-file';
import { hostText } from './settings';

/** Judges the key that one host shows during one connection attempt. */
export class HostCheck {
  readonly algorithms: readonly HostKeyAlgorithm[];
  readonly #target: { host: string; port: number };
  readonly #name: string;
  readonly #known: readonly KnownHost[];
  readonly #file: string;
  readonly #prompts: Prompts;
  #accepted: Buffer | undefined;
  #remember = false;

  constructor(
    target: { host: string; port: number },
    known: readonly KnownHost[],
    file: string,
    prompts: Prompts,
  ) {
    this.#target = target;
    this.#name = knownHostName(target.host, target.port);
    this.#known = known;
    this.#file = file;
    this.#prompts = prompts;
    this.algorithms = hostKeyAlgorithms(known, this.#name);
  }

  /** Resolves if the key may be used. @throws NodeError `host-key-changed`, `host-key-rejected` */
  async check(key: Buffer): Promise<void> {
    if (this.#accepted?.equals(key)) return;
    const verdict = judgeHostKey(this.#known, this.#name, key);
    switch (verdict.kind) {
      case 'trusted':
        break;
      case 'unknown':
        await this.#ask(key);
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
    if (!this.#remember || !this.#accepted) return;
    this.#remember = false;
    await rememberHostKey(this.#file, this.#name, keyTypeOf(this.#accepted) ?? '', this.#accepted);
  }

  async #ask(key: Buffer): Promise<void> {
    const host = hostText(this.#target);
    const question = { host, keyType: keyTypeOf(key) ?? 'unknown', fingerprint: fingerprint(key) };
    if (await this.#prompts.confirmHostKey(question)) return;
    throw new NodeError(
      'host-key-rejected',
      `The host key of ${host} (${question.fingerprint}) was not accepted.`,
      'Compare the fingerprint with the one that ssh-keygen -l prints on the node, then connect again.',
    );
  }

  #changed(key: Buffer, entry: KnownHost): NodeError {
    const host = hostText(this.#target);
    return new NodeError(
      'host-key-changed',
      `The host key of ${host} is not the one in ${entry.file}:${entry.line}. It shows ${
        keyTypeOf(key) ?? 'a key'
      } ${fingerprint(key)}, known is ${entry.keyType} ${fingerprint(entry.key)}. Someone may be between you and the node.`,
      `If you know why the key changed, remove line ${entry.line} of ${entry.file} and connect again.`,
    );
  }

  #revoked(key: Buffer, entry: KnownHost): NodeError {
    return new NodeError(
      'host-key-rejected',
      `The host key of ${hostText(this.#target)} (${fingerprint(key)}) is revoked in ${entry.file}:${entry.line}.`,
      'Give the node a new host key: a revoked one must not be trusted.',
    );
  }
}
