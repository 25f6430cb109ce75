import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PolicySettings } from '../../../src/core/policy';
import { COMMANDS } from '../../../src/ui/commands/ids';
import { generated } from '../../../tools/build-schemas';

const ROOT = join(import.meta.dirname, '../../..');

interface Manifest {
  contributes: {
    commands: { command: string; title: string }[];
    menus: Record<string, { command: string }[]>;
    configuration: { properties: Record<string, { scope: string }> };
  };
}

const read = (name: string): Promise<string> => readFile(join(ROOT, name), 'utf8');

describe('the manifest', () => {
  let text: string;
  let contributes: Manifest['contributes'];

  before(async () => {
    text = await read('package.json');
    ({ contributes } = JSON.parse(text) as Manifest);
  });

  it('contributes exactly the commands that are registered', () => {
    const contributed = contributes.commands.map(({ command }) => command);
    assert.deepEqual(contributed.sort(), Object.values(COMMANDS).sort());
  });

  it('names only contributed commands in menus, links and completion events', () => {
    const known = new Set<string>(Object.values(COMMANDS));
    const inMenus = Object.values(contributes.menus).flatMap((items) => items.map(({ command }) => command));
    const elsewhere = [...text.matchAll(/(?:onCommand|command):(meshRedirect[.\w]+)/g)].map(
      (match) => match[1],
    );
    assert.deepEqual(
      [...inMenus, ...elsewhere].filter((command) => !known.has(command ?? '')),
      [],
    );
  });

  it('has each of its words in package.nls.json, and none there that is not used', async () => {
    const used = new Set([...text.matchAll(/%([\w.]+)%/g)].map((match) => match[1]));
    const words = Object.keys(JSON.parse(await read('package.nls.json')) as Record<string, string>);
    assert.deepEqual([...used].sort(), words.sort());
  });

  it('links only to contributed commands from its words', async () => {
    const links = [...(await read('package.nls.json')).matchAll(/\(command:([^)]+)\)/g)].map(
      (match) => match[1],
    );
    assert.ok(links.length > 0);
    const known = new Set<string>(Object.values(COMMANDS));
    assert.deepEqual(
      links.filter((command) => !known.has(command ?? '')),
      [],
    );
  });

  it('names only pictures that exist', () => {
    const pictures = [...text.matchAll(/"(media\/[^"]+)"/g)].map((match) => match[1] ?? '');
    assert.ok(pictures.length > 0);
    assert.deepEqual(
      pictures.filter((picture) => !existsSync(join(ROOT, picture))),
      [],
    );
  });

  it('keeps hosts and keys out of the reach of workspaces', () => {
    assert.equal(contributes.configuration.properties['meshRedirect.nodes']?.scope, 'machine');
  });

  it('says of policies what the code that reads them says (npm run build:schemas)', async () => {
    for (const [file, text] of generated()) assert.equal(await read(file), text, file);
  });

  it('describes each field of a policy', () => {
    const described = contributes.configuration.properties['meshRedirect.policy'] as unknown as {
      properties: Record<string, unknown>;
    };
    assert.deepEqual(Object.keys(described.properties).sort(), Object.keys(PolicySettings.shape).sort());
  });
});
