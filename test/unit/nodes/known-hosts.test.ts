import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  hashedName,
  isAbout,
  keyTypeOf,
  knownHostName,
  parseKnownHosts,
} from '../../../src/nodes/ssh/known-hosts';
import { blob, ED25519, HASHED, line, RSA } from './keys';

function about(text: string, host: string, port = 22): boolean {
  const { known, malformed } = parseKnownHosts('f', text);
  assert.deepEqual(malformed, []);
  return known.some((entry) => isAbout(entry, knownHostName(host, port)));
}

describe('known_hosts', () => {
  it('reads plain names, lists, markers and comments', () => {
    const { known, malformed } = parseKnownHosts(
      'f',
      [
        '# a comment',
        '',
        line('a.example,10.0.0.1', ED25519, ' somebody@somewhere with words'),
        `\t${line('a.example', RSA)}\r`,
        line('@revoked *', RSA),
        line('@cert-authority *.example', ED25519),
      ].join('\n'),
    );
    assert.deepEqual(malformed, []);
    assert.deepEqual(
      known.map(({ line: number, marker, hosts, keyType }) => [number, marker, hosts.join(), keyType]),
      [
        [3, 'none', 'a.example,10.0.0.1', 'ssh-ed25519'],
        [4, 'none', 'a.example', 'ssh-rsa'],
        [5, 'revoked', '*', 'ssh-rsa'],
        [6, 'cert-authority', '*.example', 'ssh-ed25519'],
      ],
    );
    assert.deepEqual(known[0]?.key, blob(ED25519));
  });

  it('names malformed lines by number and reads the others', () => {
    const { known, malformed } = parseKnownHosts(
      'f',
      [
        'only two',
        line('good.example', ED25519),
        '@nonsense a ssh-rsa AAAA',
        'a ssh-rsa !!!!',
        `a ssh-rsa ${ED25519.encoded}`,
        'a ssh-ed25519 AAAA',
      ].join('\n'),
    );
    assert.deepEqual(
      known.map((entry) => entry.line),
      [2],
    );
    assert.deepEqual(
      malformed.map(({ line: number, problem }) => [number, problem]),
      [
        [1, 'fewer than three fields'],
        [3, 'unknown marker @nonsense'],
        [4, 'the key is not base64'],
        [5, 'the key is not of type ssh-rsa'],
        [6, 'the key is not of type ssh-ed25519'],
      ],
    );
  });

  it('knows a host by its port, unless that is 22', () => {
    assert.equal(knownHostName('Node.Example', 22), 'node.example');
    assert.equal(knownHostName('::1', 2222), '[::1]:2222');
    assert.ok(about(line('node.example', ED25519), 'node.example'));
    assert.ok(!about(line('node.example', ED25519), 'node.example', 2222));
    assert.ok(about(line('[node.example]:2222', ED25519), 'NODE.example', 2222));
    assert.ok(!about(line('[node.example]:2222', ED25519), 'node.example'));
    assert.ok(!about(line('[node.example]:2222', ED25519), 'node.example', 2223));
  });

  it('knows names that ssh-keygen -H has hashed', () => {
    assert.ok(about(HASHED.plain, 'node.example'));
    assert.ok(about(HASHED.withPort, 'node.example', 2222));
    assert.ok(!about(HASHED.plain, 'node.example', 2222));
    assert.ok(!about(HASHED.plain, 'other.example'));
    assert.ok(!about(line('|2|AAAA|AAAA', ED25519), 'node.example'));
    assert.ok(!about(line('|1|', ED25519), 'node.example'));
  });

  it('hashes a name so that it is known again, and never twice alike', () => {
    const hashed = hashedName('[node.example]:2222');
    assert.ok(about(line(hashed, ED25519), 'node.example', 2222));
    assert.ok(!about(line(hashed, ED25519), 'node.example'));
    assert.notEqual(hashedName('a'), hashedName('a'));
  });

  it('matches wildcards and lets a negated pattern exclude', () => {
    assert.ok(about(line('*.example', ED25519), 'a.b.example'));
    assert.ok(!about(line('*.example', ED25519), 'example'));
    assert.ok(about(line('10.0.0.?', ED25519), '10.0.0.7'));
    assert.ok(!about(line('10.0.0.?', ED25519), '10a0b0.7'));
    assert.ok(!about(line('*.example,!bad.example', ED25519), 'bad.example'));
    assert.ok(!about(line('!bad.example,*.example', ED25519), 'bad.example'));
    assert.ok(!about(line('!bad.example', ED25519), 'good.example'));
  });

  it('finds the type in a key, and none in what is no key', () => {
    assert.equal(keyTypeOf(blob(RSA)), 'ssh-rsa');
    assert.equal(keyTypeOf(Buffer.alloc(3)), undefined);
    assert.equal(keyTypeOf(Buffer.from('ffffffff00', 'hex')), undefined);
    assert.equal(keyTypeOf(Buffer.alloc(8)), undefined);
  });

  it('survives any text, and loses no line of it', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('|1|a|b', '@revoked', '*', '!x', 'ssh-rsa', '[', '\\', 'AAAA'),
    );
    fc.assert(
      fc.property(fc.array(fc.array(word).map((words) => words.join(' '))), (lines) => {
        const text = lines.join('\n');
        const { known, malformed } = parseKnownHosts('f', text);
        const meant = text.split('\n').filter((each) => each.trim() !== '' && !each.trim().startsWith('#'));
        assert.equal(known.length + malformed.length, meant.length);
        for (const entry of known) isAbout(entry, 'node.example');
      }),
    );
  });
});
