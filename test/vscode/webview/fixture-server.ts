import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { webviewOptions } from '../../../esbuild.mjs';

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
};

/** Serves the rule inspector in a plain page, under the content security policy that it has inside VS Code. */
export interface FixtureServer {
  url: string;
  stop(): Promise<void>;
}

/** Bundles the webview and its fixture afresh, and serves them on loopback. */
export async function serveFixture(): Promise<FixtureServer> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-webview-'));
  await esbuild.build({
    ...webviewOptions(true),
    entryPoints: { inspector: 'webview/main.ts', fixture: 'webview/fixture/fixture.ts' },
    outdir: directory,
  });
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://fixture');
    if (pathname === '/') {
      const nonce = randomBytes(16).toString('base64');
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.setHeader('Content-Security-Policy', policy(nonce));
      response.end(page(nonce));
      return;
    }
    readFile(path.join(directory, path.basename(pathname))).then(
      (content) => {
        response.setHeader('Content-Type', TYPES[path.extname(pathname)] ?? 'application/octet-stream');
        response.setHeader('Cache-Control', 'max-age=3600');
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(directory, { recursive: true });
    },
  };
}

function policy(nonce: string): string {
  return `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; font-src 'self'`;
}

function page(nonce: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Rule inspector</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="fixture.css" />
    <link rel="stylesheet" href="inspector.css" />
    <script type="module" nonce="${nonce}" src="fixture.js"></script>
    <script type="module" nonce="${nonce}" src="inspector.js"></script>
  </head>
  <body></body>
</html>`;
}

if (process.argv[1] === import.meta.filename) {
  const { url } = await serveFixture();
  process.stdout.write(`${url}?scene=live&theme=dark\n`);
}
