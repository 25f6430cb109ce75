import assert from 'node:assert/strict';
import type { Agent } from '../../../src/nodes/agent/agent';
import type { SeenRules } from '../../../src/protocol/inspector';
import { Watch } from '../../../src/ui/inspector/watch';

const seen = (line: number): SeenRules => [{ family: 'ipv4', backend: 'nft', lines: [[line, line + 9]] }];
const WANTED = { rulesets: true, maps: [], interval: 1000 };

describe('what an inspector has watched', () => {
  let asked: string[];
  let watch: Watch;
  beforeEach(() => {
    asked = [];
    const agent: Agent = {
      request: (verb, params) => {
        asked.push(`${verb} ${JSON.stringify('rulesets' in params ? params.rulesets : null)}`);
        return Promise.resolve({}) as never;
      },
      on: () => () => undefined,
      closed: Promise.resolve(''),
      lost: false,
      dispose: () => undefined,
    };
    watch = new Watch(
      agent,
      'c1',
      () => undefined,
      (error) => assert.fail(String(error)),
    );
  });

  it('is begun once, and then only told what else is seen', () => {
    assert.equal(watch.want(WANTED, seen(1)), true);
    assert.equal(watch.want(WANTED, seen(1)), false);
    assert.equal(watch.want(WANTED, seen(20)), false);
    const [first, other] = [seen(1), seen(20)].map((rules) => `watch/visible ${JSON.stringify(rules)}`);
    assert.deepEqual(asked, ['watch/start true', first, other]);
  });

  it('is told what is seen again where it begins anew', () => {
    watch.want(WANTED, seen(1));
    asked = [];
    assert.equal(watch.want({ ...WANTED, interval: 500 }, seen(1)), true);
    assert.deepEqual(asked, ['watch/start true', `watch/visible ${JSON.stringify(seen(1))}`]);
  });

  it('is not told what is seen of rules that nobody watches, and stops', () => {
    watch.want({ ...WANTED, rulesets: false }, seen(1));
    watch.want(null, seen(1));
    assert.deepEqual(asked, ['watch/start false', 'watch/stop null']);
  });
});
