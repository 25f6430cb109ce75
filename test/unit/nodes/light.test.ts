import assert from 'node:assert/strict';
import { build, type Metafile } from 'esbuild';

/** The outputs that are loaded with `output`, dynamic imports left out. */
function loadedWith(outputs: Metafile['outputs'], output: string, seen = new Set<string>()): Set<string> {
  if (seen.has(output)) return seen;
  seen.add(output);
  for (const { path, kind } of outputs[output]?.imports ?? []) {
    if (kind === 'import-statement') loadedWith(outputs, path, seen);
  }
  return seen;
}

describe('describing nodes', () => {
  it('loads neither ssh2 nor ssh-config nor execa nor vscode-jsonrpc', async () => {
    const { metafile } = await build({
      entryPoints: ['src/nodes/index.ts'],
      outdir: 'light',
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      write: false,
      metafile: true,
      external: ['*.node', 'cpu-features'],
    });
    const { outputs } = metafile;
    const packages = (names: Iterable<string>): Set<string> =>
      new Set(
        [...names]
          .flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}))
          .flatMap((input) => /node_modules\/([^/]+)/.exec(input)?.[1] ?? []),
      );
    const all = packages(Object.keys(outputs));
    const light = packages(loadedWith(outputs, 'light/index.js'));
    for (const heavy of ['ssh2', 'ssh-config', 'execa', 'vscode-jsonrpc']) {
      assert.ok(all.has(heavy), `${heavy} is not in the bundle at all`);
      assert.ok(!light.has(heavy), `${heavy} is loaded at once`);
    }
  });
});
