import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { loadSshConfig } from '../../src/nodes/ssh/config/file';
import { resolveHost } from '../../src/nodes/ssh/config/resolve';

/** What OpenSSH itself makes of a file, by keyword. */
function openssh(file: string, host: string, user?: string): Map<string, string[]> {
  const login = user === undefined ? [] : ['-l', user];
  const printed = execFileSync('ssh', ['-G', '-F', file, ...login, host], {
    encoding: 'utf8',
    stdio: 'pipe',
  });
  const values = new Map<string, string[]>();
  for (const line of printed.trim().split('\n')) {
    const [keyword = '', ...words] = line.split(' ');
    values.set(keyword, [...(values.get(keyword) ?? []), words.join(' ')]);
  }
  return values;
}

/** The same from what we make of it. */
async function ours(file: string, host: string, user?: string): Promise<Map<string, string[]>> {
  const config = await loadSshConfig(file);
  assert.deepEqual(config.problems, []);
  const request = { host, ...(user === undefined ? {} : { user }) };
  const { host: found, problems } = resolveHost(config, request);
  assert.deepEqual(problems, []);
  const jumps = found.jumps.map((jump) => {
    const name = jump.user === undefined ? jump.host : `${jump.user}@${jump.host}`;
    return jump.port === undefined ? name : `${name}:${jump.port}`;
  });
  return new Map<string, string[]>([
    ['hostname', [found.host]],
    ['port', [String(found.port)]],
    ['user', [found.user]],
    ['identitiesonly', [found.identitiesOnly ? 'yes' : 'no']],
    ['numberofpasswordprompts', [String(found.tries)]],
    ['hashknownhosts', [found.hashKnownHosts ? 'yes' : 'no']],
    ['userknownhostsfile', [found.userKnownHosts.join(' ')]],
    ...(found.hostKeyAlias === undefined
      ? []
      : [['hostkeyalias', [found.hostKeyAlias]] as [string, string[]]]),
    ...(jumps.length === 0 ? [] : [['proxyjump', [jumps.join(',')]] as [string, string[]]]),
    ...(found.identityFiles.every(({ from }) => from === 'usual')
      ? []
      : [['identityfile', found.identityFiles.map((each) => each.file)] as [string, string[]]]),
  ]);
}

const hosts = ['web', 'db', 'web.example', 'sub.web.example', '10.0.0.7'];
const users = ['root', 'alice'];
const pattern = fc.constantFrom(
  '*',
  'web',
  'db',
  'w*',
  '*.example',
  '?b',
  '10.0.0.*',
  '!web',
  '!*.example',
  'x y',
);
const quoted = fc.boolean();
const quote = (word: string, double: boolean): string =>
  word.includes(' ') ? (double ? `"${word}"` : `'${word}'`) : word;
const indent = fc.constantFrom('', '  ', '\t');
const equals = fc.constantFrom(' ', '=', ' = ', '\t');
const setting = fc.oneof(
  fc.constantFrom('web.example', '%h.example', '10.0.0.7', 'DB').map((value) => ['HostName', value]),
  fc.integer({ min: 1, max: 65535 }).map((value) => ['port', String(value)]),
  fc.constantFrom(...users, 'bob').map((value) => ['User', value]),
  fc.constantFrom('yes', 'no').map((value) => ['IdentitiesOnly', value]),
  fc.constantFrom('/k/a', '/k/b c', '/k/a#b', '/k/%n-%p').map((value) => ['IDENTITYFILE', value]),
  fc
    .constantFrom('jump', 'me@jump:2222', 'a,b@c', 'none', 'ssh://me@jump:22')
    .map((value) => ['ProxyJump', value]),
  fc.integer({ min: 1, max: 9 }).map((value) => ['NumberOfPasswordPrompts', String(value)]),
  fc.constantFrom('yes', 'no').map((value) => ['HashKnownHosts', value]),
  fc.constantFrom('other', 'web').map((value) => ['HostKeyAlias', value]),
);
const line = fc
  .tuple(indent, setting, equals, quoted, fc.constantFrom('', ' # words', '\t#'))
  .map(([space, [keyword = '', value = ''], between, double, comment]) => {
    return `${space}${keyword}${between}${quote(value, double)}${comment}`;
  });
const list = fc.array(pattern, { minLength: 1, maxLength: 3 });
const criterion = fc.oneof(
  fc.constantFrom('final', '!final', 'canonical'),
  fc
    .tuple(fc.constantFrom('', '!'), fc.constantFrom('host', 'originalhost', 'user', 'localuser'), list)
    .map(
      ([not, name, patterns]) =>
        `${not}${name} ${patterns.filter((each) => !each.includes(' ')).join(',') || '*'}`,
    ),
);
const block = fc.oneof(
  fc
    .tuple(list, quoted)
    .map(([patterns, double]) => `Host ${patterns.map((each) => quote(each, double)).join(' ')}`),
  fc
    .oneof(fc.constant(['all']), fc.array(criterion, { minLength: 1, maxLength: 3 }))
    .map((all) => `Match ${all.join(' ')}`),
);
const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: line }, block, fc.constantFrom('', '# words', 'Include INCLUDED')))
  .map((lines) => lines.join('\n'));

describe('ssh_config', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-ssh-config-'));
  });
  after(() => rm(directory, { recursive: true }));

  it('is read as OpenSSH reads it, whatever is in it', async () => {
    const file = path.join(directory, 'config');
    const included = path.join(directory, 'included');
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        fc.constantFrom(...hosts),
        fc.option(fc.constantFrom(...users), { nil: undefined }),
        async (main, inner, host, user) => {
          await writeFile(file, `${main.replaceAll('INCLUDED', included)}\n`);
          await writeFile(included, `${inner.replaceAll('Include INCLUDED', '')}\n`);
          const theirs = openssh(file, host, user);
          for (const [keyword, values] of await ours(file, host, user)) {
            const said = theirs.get(keyword)?.map((value) => value.replaceAll(/~(?=\/)/g, homedir()));
            const expanded = said?.map((value) => {
              const token: Record<string, string> = { n: host, p: theirs.get('port')?.[0] ?? '' };
              return value.replaceAll(/%([np])/g, (_whole, letter: string) => token[letter] ?? '');
            });
            assert.deepEqual(values, expanded, keyword);
          }
        },
      ),
      { numRuns: 300 },
    );
  }).timeout(60_000);
});
