import ssh2 from 'ssh2';
import type { Hash, Identity } from './identities';

type Done = (error?: Error | null, signature?: Buffer) => void;

/**
 * One key as an ssh-agent of ssh2's, which is offered first and signs only when the host would take it: so a passphrase is
 * asked for when it is needed, and not before.
 */
export class OneKey extends ssh2.BaseAgent<Buffer> {
  /** Why it could not be offered or used. */
  failure: Error | undefined;
  /** Whether the host took the key: then whatever it still wants is something else. */
  signed = false;
  readonly #identity: Identity;
  readonly #unhurried: <T>(work: () => Promise<T>) => Promise<T>;

  /** @param unhurried runs what may wait for a person, here or at the ssh-agent */
  constructor(identity: Identity, unhurried: <T>(work: () => Promise<T>) => Promise<T>) {
    super();
    this.#identity = identity;
    this.#unhurried = unhurried;
  }

  override getIdentities(callback: (error?: Error | null, keys?: Buffer[]) => void): void {
    this.#unhurried(() => this.#identity.publicKey()).then(
      (key) => {
        callback(null, [key]);
      },
      (error: unknown) => {
        this.#fail(error as Error, (failure) => {
          callback(failure);
        });
      },
    );
  }

  override sign(_key: Buffer, data: Buffer, options: { hash?: Hash } | Done, callback?: Done): void {
    const hash = typeof options === 'function' ? undefined : options.hash;
    const done = typeof options === 'function' ? options : callback;
    this.#unhurried(() => this.#identity.sign(data, hash)).then(
      (signature) => {
        this.signed = true;
        done?.(null, signature);
      },
      (error: unknown) => {
        this.#fail(error as Error, done);
      },
    );
  }

  #fail(error: Error, done: Done | undefined): void {
    this.failure = error;
    // ssh2 writes into the error that it is given.
    done?.(new Error(error.message));
  }
}
