import assert from 'node:assert/strict';
import { sourceFiles } from '../../../src/core/ebpf';

describe('the source of a program', () => {
  it('is by file, each line once and in its order, with where a function begins', () => {
    const place = (file: string, line: number, name = 'main') => ({
      ...{ file, line, function: name, text: `${file}:${line}` },
    });
    const source = [
      place('a.c', 7),
      place('b.h', 2),
      place('a.c', 3, 'help'),
      place('a.c', 7),
      place('a.c', 9),
    ];
    assert.deepEqual(
      sourceFiles(source).map(({ file, lines }) => [
        file,
        lines.map(({ line, function: name }) => [line, name]),
      ]),
      [
        [
          'a.c',
          [
            [3, 'help'],
            [7, 'main'],
            [9, null],
          ],
        ],
        ['b.h', [[2, 'main']]],
      ],
    );
  });
});
