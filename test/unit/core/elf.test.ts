import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { objectContents } from '../../../src/core/ebpf';

const PREBUILT = join(import.meta.dirname, '..', '..', '..', 'bpf', 'prebuilt');

interface Manifest {
  objects: { file: string; programs: { name: string }[]; maps: { name: string }[] }[];
}

describe('what a BPF object has inside', () => {
  const manifest = JSON.parse(readFileSync(join(PREBUILT, 'manifest.json'), 'utf8')) as Manifest;
  const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name).sort();

  for (const { file, programs, maps } of manifest.objects) {
    it(`${file}: the programs and maps that the manifest names`, () => {
      const contents = objectContents(readFileSync(join(PREBUILT, file)));
      assert.deepEqual(contents.programs.sort(), names(programs));
      assert.deepEqual(contents.maps.sort(), names(maps));
    });
  }

  it('is not guessed from anything else: other bytes give a RangeError', () => {
    const whole = readFileSync(join(PREBUILT, 'redirect.bpf.o'));
    const beforeSections = whole.length / 2; // the table of sections is at the end
    fc.assert(
      fc.property(fc.nat(beforeSections), (length) => {
        assert.throws(() => objectContents(whole.subarray(0, length)), RangeError);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        assert.throws(() => objectContents(bytes), RangeError);
      }),
    );
  });
});
