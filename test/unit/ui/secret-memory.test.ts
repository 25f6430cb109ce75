import assert from 'node:assert/strict';
import type { SecretQuestion } from '../../../src/nodes/node';
import { SecretMemory, type AskPerson, type SecretStore } from '../../../src/ui/secrets/secret-memory';

class MapStore implements SecretStore {
  readonly content = new Map<string, string>();

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.content.get(key));
  }

  store(key: string, value: string): Promise<void> {
    this.content.set(key, value);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.content.delete(key);
    return Promise.resolve();
  }
}

describe('the memory for secrets', () => {
  let store: MapStore;
  let asked: SecretQuestion[];
  beforeEach(() => {
    store = new MapStore();
    asked = [];
  });

  function memory(...answers: ({ text: string; keep: boolean } | undefined)[]): SecretMemory {
    const person: AskPerson = (question) => {
      asked.push(question);
      assert.ok(answers.length > 0, `asked once more for ${question.title}`);
      return Promise.resolve(answers.shift());
    };
    return new SecretMemory(store, person);
  }
  const question = (id: string | null, signal = new AbortController().signal): SecretQuestion => ({
    kind: 'password',
    id,
    title: `for ${id ?? 'once'}`,
    again: false,
    signal,
  });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('asks once, also where several ask at the same time', async () => {
    const secrets = memory({ text: 'a', keep: false });
    const all = await Promise.all([1, 2, 3].map(() => secrets.ask(question('x'))));
    assert.deepEqual(
      all.map((secret) => secret?.text),
      ['a', 'a', 'a'],
    );
    all[0]?.accepted();
    assert.equal((await secrets.ask(question('x')))?.text, 'a');
    assert.equal(asked.length, 1);
    assert.deepEqual([...store.content], []);
  });

  it('opens one dialog at a time, and waits with no answer that it has', async () => {
    let answer: (text: string) => void = () => undefined;
    let open = 0;
    const secrets = new SecretMemory(store, async () => {
      open += 1;
      assert.equal(open, 1);
      const text = await new Promise<string>((resolve) => {
        answer = resolve;
      });
      open -= 1;
      return { text, keep: false };
    });
    const first = secrets.ask(question('x'));
    await settle();
    answer('a');
    await first;
    const second = secrets.ask(question('y'));
    const third = secrets.ask(question('z'));
    assert.equal((await secrets.ask(question('x')))?.text, 'a');
    await settle();
    answer('b');
    assert.equal((await second)?.text, 'b');
    await settle();
    answer('c');
    assert.equal((await third)?.text, 'c');
  });

  it('keeps what was accepted where that is wished, and nothing before', async () => {
    const first = memory({ text: 'a', keep: true });
    const secret = await first.ask(question('x'));
    await settle();
    assert.deepEqual([...store.content], []);
    secret?.accepted();
    await settle();
    assert.ok([...store.content.values()].includes('a'));
    assert.equal((await memory().ask(question('x')))?.text, 'a');
  });

  it('forgets what was refused, also what was kept, and asks again', async () => {
    const first = memory({ text: 'a', keep: true });
    (await first.ask(question('x')))?.accepted();
    await settle();
    const second = memory({ text: 'b', keep: false });
    (await second.ask(question('x')))?.refused();
    await settle();
    assert.ok(![...store.content.values()].includes('a'));
    assert.equal((await second.ask(question('x')))?.text, 'b');
  });

  it('does not forget a right answer for an older wrong one', async () => {
    const secrets = memory({ text: 'a', keep: false }, { text: 'b', keep: false });
    const [first, second] = [await secrets.ask(question('x')), await secrets.ask(question('x'))];
    first?.refused();
    (await secrets.ask(question('x')))?.accepted();
    second?.refused();
    assert.equal((await secrets.ask(question('x')))?.text, 'b');
  });

  it('never remembers what is good for once', async () => {
    const secrets = memory({ text: 'a', keep: true }, { text: 'b', keep: false });
    (await secrets.ask(question(null)))?.accepted();
    assert.equal((await secrets.ask(question(null)))?.text, 'b');
    assert.deepEqual([...store.content], []);
  });

  it('tells that a person gave up, and asks nobody for whom nobody waits any more', async () => {
    assert.equal(await memory(undefined).ask(question('x')), undefined);
    assert.equal(await memory().ask(question('x', AbortSignal.abort())), undefined);
  });

  it('recalls without asking, and forgets everything when told to', async () => {
    const secrets = memory({ text: 'a', keep: true }, { text: 'b', keep: false });
    assert.equal(await secrets.recall({ id: 'x' }), undefined);
    (await secrets.ask(question('x')))?.accepted();
    (await secrets.ask(question('y')))?.accepted();
    await settle();
    assert.equal((await secrets.recall({ id: 'x' }))?.text, 'a');
    assert.equal(await secrets.forget(), 1);
    assert.deepEqual(
      [await secrets.recall({ id: 'x' }), await secrets.recall({ id: 'y' })],
      [undefined, undefined],
    );
    assert.deepEqual([...store.content], []);
  });
});
