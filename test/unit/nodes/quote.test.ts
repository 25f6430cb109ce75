import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { quoteCommand } from '../../../src/nodes/ssh/quote';

describe('quoting for a POSIX shell', () => {
  it('leaves plain words as they are and quotes all others', () => {
    assert.equal(quoteCommand(['/usr/bin/ls', '-l', 'a_b@c%+:,./-1']), '/usr/bin/ls -l a_b@c%+:,./-1');
    assert.equal(quoteCommand(['']), "''");
    assert.equal(quoteCommand(['a b', '=a']), "'a b' '=a'");
    assert.equal(quoteCommand(['A=1', 'A=1', '--net=/x']), "'A=1' A=1 --net=/x");
    assert.equal(quoteCommand(['~root']), "'~root'");
    assert.equal(quoteCommand(["it's"]), String.raw`'it'\''s'`);
  });

  it('gives every argument back through a real shell', () => {
    const argument = fc
      .oneof(
        fc.string({ unit: 'grapheme' }),
        fc.string({ unit: fc.constantFrom(...Array.from('\'"\\$`!*?~#&;|<>()[]{}=\n\t -ax')) }),
      )
      .filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.array(argument, { minLength: 1, maxLength: 6 }), (argv) => {
        const line = quoteCommand(['printf', '%s\\0', ...argv]);
        const printed = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
        assert.deepEqual(printed.split('\0').slice(0, -1), argv);
      }),
      { numRuns: 100 },
    );
  });
});
