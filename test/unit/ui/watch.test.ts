import assert from 'node:assert/strict';
import type { Agent } from '../../../src/nodes/agent/agent';
import { Watch, type Known, type Seen } from '../../../src/ui/inspector/watch';

const seen = (line: number): Seen => ({
  rulesets: [{ family: 'ipv4', backend: 'nft', lines: [[line, line + 9]] }],
  maps: [],
});
const sight = (key: string): Seen => ({
  rulesets: [],
  maps: [{ map: 7, keys: [key], page: { after: null, limit: 200 } }],
});
const KNOWN: Known = [{ family: 'ipv4', backend: 'nft', digest: 'd' }];
const WANTED = { rulesets: true, maps: [], interval: 1000 };

describe('what an inspector has watched', () => {
  let asked: string[];
  let watch: Watch;
  beforeEach(() => {
    asked = [];
    const agent: Agent = {
      request: (verb, params) => {
        const { rulesets, maps, known } = params as Partial<Seen & { known: Known }>;
        asked.push(verb === 'watch/stop' ? verb : `${verb} ${JSON.stringify({ rulesets, maps, known })}`);
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
      () => KNOWN,
      () => undefined,
      (error) => assert.fail(String(error)),
    );
  });

  const visible = (what: Seen): string => `watch/visible ${JSON.stringify(what)}`;
  const START =
    'watch/start {"rulesets":true,"maps":[],"known":[{"family":"ipv4","backend":"nft","digest":"d"}]}';

  it('is begun once, and then only told what else is seen', () => {
    for (const what of [seen(1), seen(1), seen(20)]) watch.want(WANTED, what);
    assert.deepEqual(asked, [START, visible(seen(1)), visible(seen(20))]);
  });

  it('is told what is seen again where it begins anew', () => {
    watch.want(WANTED, seen(1));
    asked = [];
    watch.want({ ...WANTED, interval: 500 }, seen(1));
    assert.deepEqual(asked, [START, visible(seen(1))]);
  });

  it('is not told what is seen of rules that nobody watches, and stops', () => {
    watch.want({ ...WANTED, rulesets: false }, seen(1));
    watch.want(null, seen(1));
    assert.deepEqual(asked, ['watch/start {"rulesets":false,"maps":[],"known":[]}', 'watch/stop']);
  });

  it('is told which entries of a map are on the screen', () => {
    const wanted = { rulesets: false, maps: [7], interval: 1000 };
    for (const what of [sight('00'), sight('00'), sight('01')]) watch.want(wanted, what);
    assert.deepEqual(asked, [
      'watch/start {"rulesets":false,"maps":[7],"known":[]}',
      visible(sight('00')),
      visible(sight('01')),
    ]);
  });
});
