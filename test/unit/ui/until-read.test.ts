import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilRead } from '../../../src/ui/until-read';

describe('a list that is shown', () => {
  it('is shown again where it is gone at once, and what is picked then is taken', async () => {
    const answers = [undefined, 'picked'];
    assert.equal(await untilRead(() => Promise.resolve(answers.shift())), 'picked');
  });

  it('is not shown for ever', async () => {
    let times = 0;
    const shown = await untilRead<string>(() => {
      times += 1;
      return Promise.resolve(undefined);
    });
    assert.deepEqual([shown, times], [undefined, 3]);
  });

  it('is given up by who has had time to read it', async () => {
    let times = 0;
    const shown = await untilRead<string>(() => {
      times += 1;
      return sleep(600, undefined);
    });
    assert.deepEqual([shown, times], [undefined, 1]);
  });
});
