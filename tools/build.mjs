// Builds dist/: the bundles, the agents, the BPF objects' copies, the playground's sidecar.

import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundles } from '../esbuild.mjs';
import { buildAgents } from './build-agent.mjs';
import { buildPlayground } from './build-playground.mjs';
import { writeNotices } from './notices.mjs';

const ROOT = join(import.meta.dirname, '..');

/** Copies the prebuilt objects and their manifest, and leaves nothing of an earlier build beside them. */
function copyObjects() {
  const target = join(ROOT, 'dist', 'bpf');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const file of ['redirect.bpf.o', 'accelerate.bpf.o', 'manifest.json'])
    cpSync(join(ROOT, 'bpf', 'prebuilt', file), join(target, file), { preserveTimestamps: true });
}

/** What runs on a node, and the playground: what the kernel and node tests need. */
export async function buildForNodes() {
  copyObjects();
  buildPlayground();
  await buildAgents();
}

/** Everything. */
export async function build() {
  await buildForNodes();
  const { host, webview } = await buildBundles();
  writeNotices([host, webview]);
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--for-nodes')) await buildForNodes();
  else await build();
}
