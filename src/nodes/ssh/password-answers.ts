/** The answers to what a host asks for itself: the account's password, and whatever keyboard-interactive brings. */
import type { Prompt } from 'ssh2';
import { NodeError } from '../errors';
import type { Secret, SecretQuestion } from '../node';
import { accountText, type SshHost } from './host';

/** Asks a person, as long as somebody waits for the answer. */
export type Ask = (question: Omit<SecretQuestion, 'signal'>) => Promise<Secret | undefined>;

/** More of a host's own words than this is no question. Characters. */
const LONGEST = 500;

/** A host's words as one may show them: no control characters, and not without end. */
function hostWords(text: string): string {
  const printable = text.replace(/\p{Cc}+/gu, ' ').trim();
  return printable.length > LONGEST ? `${printable.slice(0, LONGEST)}…` : printable;
}

/** What PAM and others ask for the account's password with. Anything else may be good for once only. */
const ASKS_PASSWORD = /^(\(.*\) )?password( for .*)?:$/i;

/** A person gave up: that is no failure. */
export function gaveUp(what: string): NodeError {
  return new NodeError('cancelled', `${what}: cancelled.`, 'Connect again when you are ready.');
}

export class PasswordAnswers {
  readonly #host: SshHost;
  readonly #ask: Ask;
  /** Both methods ask for the same password: the tries count together. */
  #triesLeft: number;
  #again = false;
  #answers: Secret[] = [];

  constructor(host: SshHost, ask: Ask) {
    this.#host = host;
    this.#ask = ask;
    this.#triesLeft = host.mayAsk ? host.tries : 0;
  }

  get mayTry(): boolean {
    return this.#triesLeft > 0;
  }

  /** Whether anything was asked since `begin`. */
  get wasAsked(): boolean {
    return this.#answers.length > 0;
  }

  /** What was answered since `begin` was wrong. */
  refused(): void {
    for (const answer of this.#answers) answer.refused();
    this.#again = this.#answers.length > 0;
    this.#answers = [];
  }

  /** A new attempt begins. */
  begin(): void {
    this.#triesLeft -= 1;
  }

  /** What was answered since `begin` was right. */
  accepted(): void {
    for (const answer of this.#answers) answer.accepted();
    this.#answers = [];
  }

  /** @throws NodeError `cancelled` */
  password(detail?: string): Promise<string> {
    const account = accountText(this.#host);
    return this.#answer({
      kind: 'password',
      id: `password:${account}`,
      title: `Password of ${account}`,
      ...(detail === undefined ? {} : { detail }),
      again: this.#again,
    });
  }

  /** Answers one round of keyboard-interactive. @throws NodeError `cancelled` */
  async round(name: string, instructions: string, prompts: readonly Prompt[]): Promise<string[]> {
    const detail = [name, instructions]
      .map(hostWords)
      .filter((text) => text !== '')
      .join(': ');
    const answers: string[] = [];
    for (const { prompt, echo } of prompts) {
      const words = hostWords(prompt);
      if (prompts.length === 1 && echo !== true && ASKS_PASSWORD.test(words)) {
        answers.push(await this.password(detail === '' ? undefined : detail));
      } else {
        answers.push(
          await this.#answer({
            kind: 'answer',
            id: null,
            title: `${accountText(this.#host)} asks`,
            detail: [detail, words].filter((text) => text !== '').join(': '),
            visible: echo === true,
            again: this.#again,
          }),
        );
      }
    }
    return answers;
  }

  async #answer(question: Omit<SecretQuestion, 'signal'>): Promise<string> {
    const secret = await this.#ask(question);
    if (!secret) throw gaveUp(question.title);
    this.#answers.push(secret);
    return secret.text;
  }
}
