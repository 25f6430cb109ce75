import type { Secret, SecretQuestion } from '../../nodes/node';

/** Where secrets outlive a session; VS Code's `SecretStorage` is one. */
export interface SecretStore {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
}

/** What a person typed, and whether it is to be kept. Undefined: they gave up. */
export type AskPerson = (question: SecretQuestion) => Promise<{ text: string; keep: boolean } | undefined>;

const PREFIX = 'meshRedirect.secret:';
/** The store has no list of what it holds: the ids, as JSON. They are no secret. */
const INDEX = 'meshRedirect.secrets';

/**
 * Asks for each secret once: what was answered is remembered until VS Code is closed, and kept in the store where the person
 * wants it. A secret that was refused is forgotten everywhere. One dialog is open at a time.
 */
export class SecretMemory {
  readonly #store: SecretStore;
  readonly #askPerson: AskPerson;
  readonly #known = new Map<string, string>();
  #dialogs: Promise<unknown> = Promise.resolve();

  constructor(store: SecretStore, askPerson: AskPerson) {
    this.#store = store;
    this.#askPerson = askPerson;
  }

  /** The secret, remembered or asked for. Undefined where the person gives up, or nobody waits any more. */
  async ask(question: SecretQuestion): Promise<Secret | undefined> {
    const known = await this.recall(question);
    if (known) return known;
    const turn = this.#dialogs.then(async () => {
      // Looked up in turn: the dialog before this one may have brought it.
      const recalled = await this.recall(question);
      if (recalled || question.signal.aborted) return recalled;
      const answer = await this.#askPerson(question);
      return answer && this.#secret(question.id, answer.text, answer.keep);
    });
    this.#dialogs = turn.catch(() => undefined);
    return await turn;
  }

  /** The secret if it is known without asking. */
  async recall({ id }: Pick<SecretQuestion, 'id'>): Promise<Secret | undefined> {
    if (id === null) return undefined;
    const text = this.#known.get(id) ?? (await this.#store.get(PREFIX + id));
    return text === undefined ? undefined : this.#secret(id, text, false);
  }

  /** Forgets everything, here and in the store. @returns how many were kept */
  async forget(): Promise<number> {
    this.#known.clear();
    const ids = await this.#index();
    for (const id of ids) await this.#store.delete(PREFIX + id);
    await this.#store.delete(INDEX);
    return ids.length;
  }

  #secret(id: string | null, text: string, keep: boolean): Secret {
    if (id !== null) this.#known.set(id, text);
    return {
      text,
      accepted: () => {
        if (id === null) return;
        this.#known.set(id, text);
        if (keep) void this.#keep(id, text);
      },
      refused: () => {
        if (id !== null) void this.#forget(id, text);
      },
    };
  }

  async #keep(id: string, text: string): Promise<void> {
    await this.#store.store(PREFIX + id, text);
    const ids = await this.#index();
    if (!ids.includes(id)) await this.#store.store(INDEX, JSON.stringify([...ids, id]));
  }

  /** Only if it is still this one: another answer may have been right meanwhile. */
  async #forget(id: string, text: string): Promise<void> {
    if (this.#known.get(id) === text) this.#known.delete(id);
    if ((await this.#store.get(PREFIX + id)) === text) await this.#store.delete(PREFIX + id);
  }

  async #index(): Promise<string[]> {
    const text = await this.#store.get(INDEX);
    const ids: unknown = text === undefined ? [] : JSON.parse(text);
    return Array.isArray(ids) ? ids.filter((id): id is string => typeof id === 'string') : [];
  }
}
