import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { packageExtension } from '../../tools/package.mjs';
import type { Row } from './measure';

const DIST = join(import.meta.dirname, '..', '..', 'dist');
const MB = 1024 * 1024;

/** How big is what is shipped. */
export async function sizes(): Promise<Row[]> {
  const size = (...path: string[]): number => statSync(join(DIST, ...path)).size;
  const chunks = readdirSync(join(DIST, 'chunks')).map((name) => size('chunks', name));
  const agents = readdirSync(join(DIST, 'agent'));
  return [
    { what: 'extension.js', value: size('extension.js'), unit: 'bytes' },
    { what: 'all chunks', value: chunks.reduce((sum, each) => sum + each, 0), unit: 'bytes' },
    { what: 'inspector.js', value: size('webview', 'inspector.js'), unit: 'bytes' },
    ...agents.map((arch): Row => {
      const value = size('agent', arch, 'mesh-redirect-agent');
      return { what: `agent for ${arch}`, value, unit: 'bytes', limit: 2 * MB };
    }),
    { what: 'redirect.bpf.o', value: size('bpf', 'redirect.bpf.o'), unit: 'bytes' },
    { what: 'the .vsix', value: statSync(await packageExtension()).size, unit: 'bytes', limit: 3 * MB },
  ];
}
