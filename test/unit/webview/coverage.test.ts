import assert from 'node:assert/strict';
import { coverageWords } from '../../../webview/maps/coverage-words';

const NOW = { loaded: 150, more: true, loading: false, filter: null, sorted: false, search: null };

describe('inspector: what is said of the entries of a map that are not here', () => {
  const said = (change: Partial<Parameters<typeof coverageWords>[0]>) => coverageWords({ ...NOW, ...change });

  it('says what order and live changes cover', () => {
    assert.equal(said({}), '150 entries loaded, and there are more.');
    assert.match(said({ sorted: true }), /Only entries that are loaded are sorted\.$/);
    assert.match(said({ loaded: 201 }), /Those in sight are followed/);
    assert.match(said({ loaded: 3000, more: false }), /^All are loaded\. Those in sight/);
  });

  it('says where no more are loaded, and how the others are found', () => {
    assert.match(
      said({ loaded: 50_000 }),
      /as many as are shown at a time: others are found by the filter\./,
    );
    assert.match(said({ loaded: 50_000, sorted: true }), /Only these are sorted\./);
  });
});
