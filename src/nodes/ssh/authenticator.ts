/** Signs in to one host: with the methods that it takes and we may use, in the order of ssh(1). */
import type { AnyAuthMethod, AuthHandlerMiddleware, NextAuthHandler, ParsedKey } from 'ssh2';
import { NodeError } from '../errors';
import type { Prompts } from '../node';
import { hostText, type AuthenticationMethod, type SshHost } from './host';
import { findIdentities, type Identity, type Unlock } from './identities';
import type { KeyRing } from './key-ring';
import { OneKey } from './one-key';
import { gaveUp, PasswordAnswers, type Ask } from './password-answers';

/** What an authenticator needs from outside. */
export interface AuthenticatorServices {
  readonly askSecret: Prompts['askSecret'];
  /** Runs something that may wait for a person, with the clock stopped. */
  readonly unhurried: <T>(work: () => Promise<T>) => Promise<T>;
  readonly keys: KeyRing;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What a host says to an attempt that was not enough. */
interface Reply {
  /** The methods that it would still take. */
  readonly left: readonly string[];
  /** True if the attempt was right, and another method is wanted, too. */
  readonly partial: boolean;
}

export class Authenticator {
  readonly #host: SshHost;
  readonly #services: AuthenticatorServices;
  readonly #ask: Ask;
  readonly #passwords: PasswordAnswers;
  readonly #problems: string[] = [];
  readonly #exhausted = new Set<AuthenticationMethod>();
  readonly #offered = new Set<Identity>();
  #identities: Promise<Identity[]> | undefined;
  #left: readonly string[] = [];
  #reply: ((reply: Reply) => void) | undefined;
  #next: NextAuthHandler | undefined;

  constructor(host: SshHost, services: AuthenticatorServices) {
    this.#host = host;
    this.#services = services;
    const { signal } = services;
    this.#ask = (question) => services.unhurried(() => services.askSecret({ ...question, signal }));
    this.#passwords = new PasswordAnswers(host, this.#ask);
  }

  /** Whether the host was asked to let us in. */
  get begun(): boolean {
    return this.#next !== undefined;
  }

  /** For ssh2, which asks it again after each attempt that was not enough. `fail` is told why there is no further one. */
  handler(fail: (error: unknown) => void): AuthHandlerMiddleware {
    return (left, partial, next) => {
      this.#next = next;
      if (this.#reply) this.#reply({ left, partial });
      else {
        this.#run().then(() => {
          fail(this.#refused());
        }, fail);
      }
    };
  }

  /** To be called once the host has let us in: what was answered was right. */
  succeeded(): void {
    this.#passwords.accepted();
  }

  /** Why it ends where the host closes the connection before it has let us in. `words` are the host's. */
  closed(words: string): NodeError {
    const details = [words, ...this.#problems].join('; ');
    return new NodeError(
      'authentication-refused',
      `${hostText(this.#host)} closed the connection before it let ${this.#host.user} in (${details}).`,
      'Where it has seen too many keys, set IdentitiesOnly and one IdentityFile for it in ~/.ssh/config.',
    );
  }

  #refused(): NodeError {
    const { user, methods } = this.#host;
    const details = [`it takes ${this.#left.join(', ')}`, ...this.#problems].join('; ');
    return new NodeError(
      'authentication-refused',
      `${hostText(this.#host)} refused to let ${user} in (${details}).`,
      this.#offered.size > 0 || !methods.some((method) => this.#left.includes(method))
        ? "Check the user's name, and that the public key is in the user's authorized_keys on the node."
        : 'Name a private key in the node’s settings or in ~/.ssh/config, or load one with "ssh-add".',
    );
  }

  /** Resolves when the host wants more; when it lets us in, never. */
  #submit(attempt: AnyAuthMethod): Promise<Reply> {
    return new Promise((resolve) => {
      this.#reply = resolve;
      this.#next?.(attempt);
    });
  }

  /** Resolves when there is nothing more to try. */
  async #run(): Promise<void> {
    const { user: username, methods } = this.#host;
    this.#left = (await this.#submit({ type: 'none', username })).left;
    for (;;) {
      const method = methods.find((each) => this.#left.includes(each) && !this.#exhausted.has(each));
      if (!method) return;
      const { left, partial } = await this.#try(method);
      this.#left = left;
      if (partial) this.#exhausted.clear();
      else this.#exhausted.add(method);
    }
  }

  #try(method: AuthenticationMethod): Promise<Reply> {
    switch (method) {
      case 'publickey':
        return this.#publicKeys();
      case 'keyboard-interactive':
        return this.#keyboard();
      case 'password':
        return this.#password();
    }
  }

  async #publicKeys(): Promise<Reply> {
    const { user: username } = this.#host;
    this.#identities ??= findIdentities(this.#host, this.#unlock, (problem) => {
      this.#tell(problem);
    });
    for (const identity of await this.#identities) {
      if (this.#offered.has(identity)) continue;
      this.#offered.add(identity);
      const agent = new OneKey(identity, this.#services.unhurried);
      await this.#submit({ type: 'agent', username, agent });
      if (agent.failure instanceof NodeError) throw agent.failure;
      if (agent.failure) this.#tell(agent.failure.message);
      if (!agent.signed) continue;
      // The host took the key and wants more. ssh2 does not pass on what: it has to be asked for.
      return { left: (await this.#submit({ type: 'none', username })).left, partial: true };
    }
    return { left: this.#left, partial: false };
  }

  async #keyboard(): Promise<Reply> {
    const { user: username } = this.#host;
    let reply: Reply = { left: this.#left, partial: false };
    while (this.#passwords.mayTry) {
      this.#passwords.begin();
      let giveUp: (error: unknown) => void = () => undefined;
      const givenUp = new Promise<never>((_resolve, reject) => {
        giveUp = reject;
      });
      const attempt = this.#submit({
        type: 'keyboard-interactive',
        username,
        prompt: (name, instructions, _language, prompts, finish) => {
          this.#passwords.round(name, instructions, prompts).then(finish, giveUp);
        },
      });
      reply = await Promise.race([attempt, givenUp]);
      const { wasAsked } = this.#passwords;
      if (this.#isOver(reply, 'keyboard-interactive') || !wasAsked) break;
    }
    return reply;
  }

  async #password(): Promise<Reply> {
    const { user: username } = this.#host;
    let reply: Reply = { left: this.#left, partial: false };
    while (this.#passwords.mayTry) {
      this.#passwords.begin();
      const password = await this.#passwords.password();
      reply = await this.#submit({ type: 'password', username, password });
      if (this.#isOver(reply, 'password')) break;
    }
    return reply;
  }

  #isOver({ left, partial }: Reply, method: AuthenticationMethod): boolean {
    if (partial) this.#passwords.accepted();
    else this.#passwords.refused();
    return partial || !left.includes(method);
  }

  #tell(problem: string): void {
    this.#problems.push(problem);
    this.#services.warn(`${hostText(this.#host)}: ${problem}.`);
  }

  readonly #unlock: Unlock = async (file, locked): Promise<ParsedKey> => {
    const { keys } = this.#services;
    const { mayAsk, tries } = this.#host;
    for (let wrong = 0; wrong < tries; wrong++) {
      const known = keys.get(locked.id);
      if (known) return known;
      if (!mayAsk) throw new Error(`${file} has a passphrase, and BatchMode forbids to ask for it`);
      const title = `Passphrase of ${file}`;
      const id = `passphrase:${file}`;
      const secret = await this.#ask({ kind: 'passphrase', id, title, again: wrong > 0 });
      if (!secret) throw gaveUp(title);
      if (secret.text === '') throw new Error(`no passphrase was given for ${file}`);
      // Meanwhile another connection may have opened it: computing it twice takes its time.
      const key = keys.get(locked.id) ?? locked.open(secret.text);
      if (key) {
        secret.accepted();
        keys.add(locked.id, key);
        return key;
      }
      secret.refused();
    }
    throw new Error(`the passphrase of ${file} was wrong ${tries} times`);
  };
}
