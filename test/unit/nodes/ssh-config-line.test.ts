import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readLine } from '../../../src/nodes/ssh/config/line';

describe('a line of ssh_config', () => {
  const words = (line: string): readonly string[] | string | null => {
    const read = readLine(line);
    return read === null || typeof read === 'string' ? read : [read.keyword, ...read.words];
  };

  for (const [line, expected] of [
    ['Port 22', ['port', '22']],
    ['  PORT=22', ['port', '22']],
    ['\tPort = 22 # the usual', ['port', '22']],
    ['Host a b !c', ['host', 'a', 'b', '!c']],
    ['Host "a b" c', ['host', 'a b', 'c']],
    ["IdentityFile '~/a b'", ['identityfile', '~/a b']],
    ['IdentityFile ~/key#1', ['identityfile', '~/key#1']],
    [String.raw`IdentityFile C:\Users\me\.ssh\id`, ['identityfile', String.raw`C:\Users\me\.ssh\id`]],
    ['Match !host a,b user=c', ['match', '!host', 'a,b', 'user', 'c']],
    ['# Port 22', null],
    ['   ', null],
  ] as const) {
    it(`reads ${JSON.stringify(line)}`, () => {
      assert.deepEqual(words(line), expected);
    });
  }

  for (const [line, problem] of [
    ['Prot 22', /"prot" is no keyword/],
    ['Port', /port has no value/],
    ['Port # 22', /port has no value/],
    ['Host ""', /quotation marks of host/],
    ['= 22', /does not begin with a keyword/],
    ['User "root', /quotation marks of user/],
  ] as const) {
    it(`says what is wrong with ${JSON.stringify(line)}`, () => {
      assert.match(String(words(line)), problem);
    });
  }

  it('keeps a command as it is written', () => {
    const read = readLine(' ProxyCommand  ssh -W "%h:%p"  \'x y\'');
    assert.ok(read !== null && typeof read !== 'string');
    assert.equal(read.text, 'ssh -W "%h:%p"  \'x y\'');
  });

  it('survives any text', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('Host ', 'Match ', '"', "'", '\\', '#', '=', ' ', 'Port'),
    );
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        const read = readLine(parts.join(''));
        assert.ok(read === null || typeof read === 'string' || read.words.length > 0);
      }),
    );
  });
});
