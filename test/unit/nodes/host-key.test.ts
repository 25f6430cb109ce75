import assert from 'node:assert/strict';
import {
  authoritiesFor,
  fingerprint,
  hostKeyAlgorithms,
  judgeHostKey,
} from '../../../src/nodes/ssh/host-key';
import { parseKnownHosts, type KnownHost } from '../../../src/nodes/ssh/known-hosts';
import { blob, ED25519, HASHED, line, RSA } from './keys';

function known(...lines: string[]): KnownHost[] {
  return parseKnownHosts('/k', lines.join('\n')).known;
}

describe('host keys', () => {
  it('are fingerprinted as ssh-keygen -l does', () => {
    assert.equal(fingerprint(blob(ED25519)), ED25519.fingerprint);
    assert.equal(fingerprint(blob(RSA)), RSA.fingerprint);
  });

  it('are trusted when any line about the host has them', () => {
    const lines = known(line('a', RSA), line('a', ED25519), line('b', RSA));
    assert.equal(judgeHostKey(lines, { own: 'a' }, blob(ED25519)).kind, 'trusted');
    assert.equal(judgeHostKey(lines, { own: 'a' }, blob(RSA)).kind, 'trusted');
    assert.equal(judgeHostKey(known(HASHED.plain), { own: 'node.example' }, blob(ED25519)).kind, 'trusted');
  });

  it('are unknown when no line is about the host', () => {
    assert.deepEqual(judgeHostKey(known(line('b', RSA)), { own: 'a' }, blob(RSA)), { kind: 'unknown' });
    assert.deepEqual(judgeHostKey([], { own: 'a' }, blob(RSA)), { kind: 'unknown' });
  });

  it('have changed when the host is known by another one, of whatever type', () => {
    const verdict = judgeHostKey(known('# first', line('a', RSA)), { own: 'a' }, blob(ED25519));
    assert.ok(verdict.kind === 'changed');
    assert.equal(`${verdict.entry.file}:${verdict.entry.line}`, '/k:2');
  });

  it('are refused when revoked, also where another line trusts them', () => {
    const lines = known(line('a', RSA), line('@revoked *', RSA));
    const verdict = judgeHostKey(lines, { own: 'a' }, blob(RSA));
    assert.ok(verdict.kind === 'revoked');
    assert.equal(verdict.entry.line, 2);
  });

  it('are not trusted for being a certificate authority, and that changes no host', () => {
    assert.equal(
      judgeHostKey(known(line('@cert-authority a', RSA)), { own: 'a' }, blob(RSA)).kind,
      'unknown',
    );
    assert.equal(
      judgeHostKey(known(line('@cert-authority a', RSA)), { own: 'a' }, blob(ED25519)).kind,
      'unknown',
    );
  });

  it('are known without their port, too, but have never changed for that', () => {
    const names = { own: '[a]:2222', withoutPort: 'a' };
    assert.equal(judgeHostKey(known(line('a', RSA)), names, blob(RSA)).kind, 'trusted');
    assert.equal(judgeHostKey(known(line('a', RSA)), names, blob(ED25519)).kind, 'unknown');
    assert.equal(judgeHostKey(known(line('@revoked a', RSA)), names, blob(RSA)).kind, 'revoked');
    const both = known(line('a', RSA), line('[a]:2222', ED25519));
    assert.equal(judgeHostKey(both, names, blob(RSA)).kind, 'changed');
    assert.equal(hostKeyAlgorithms(known(line('a', RSA)), names)[0], 'rsa-sha2-512');
  });

  it('are vouched for by nobody, and who would is found', () => {
    const lines = known(line('@cert-authority *.example', RSA), line('@cert-authority other', RSA));
    assert.deepEqual(
      authoritiesFor(lines, { own: 'a.example' }).map((entry) => entry.line),
      [1],
    );
  });

  it('are asked for in the order of what is known, and never with SHA-1', () => {
    assert.deepEqual(hostKeyAlgorithms([], { own: 'a' }), [
      'ssh-ed25519',
      'ecdsa-sha2-nistp256',
      'ecdsa-sha2-nistp384',
      'ecdsa-sha2-nistp521',
      'rsa-sha2-512',
      'rsa-sha2-256',
    ]);
    assert.deepEqual(hostKeyAlgorithms(known(line('a', RSA)), { own: 'a' }).slice(0, 3), [
      'rsa-sha2-512',
      'rsa-sha2-256',
      'ssh-ed25519',
    ]);
    assert.equal(hostKeyAlgorithms(known(line('b', RSA)), { own: 'a' })[0], 'ssh-ed25519');
  });
});
