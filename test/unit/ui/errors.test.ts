import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AgentError, NodeError } from '../../../src/nodes/errors';
import { SwitchRefused } from '../../../src/redirect';
import { explain, isCancellation } from '../../../src/ui/errors';

const PROTOCOL = join(import.meta.dirname, '../../../docs/agent-protocol.md');

/** The kinds of the table "Errors". */
async function documentedKinds(): Promise<string[]> {
  const text = await readFile(PROTOCOL, 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `') && !line.startsWith('| `kind`') && line.split('|').length === 5);
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''),
  );
}

const remedyFor = (kind: string) => explain(new AgentError('snapshot', 'It failed.', { kind })).remedy;

describe('explain', () => {
  it('has a remedy of its own for each kind of refusal that the protocol names', async () => {
    const kinds = await documentedKinds();
    assert.ok(kinds.includes('xtables-locked') && kinds.includes('bpffs-missing'));
    const fallback = remedyFor('a kind of a later version');
    const without = kinds.filter((kind) => kind !== 'system' && remedyFor(kind) === fallback);
    assert.deepEqual(without, []);
  });

  it('passes on what nodes and switches say themselves', () => {
    assert.deepEqual(explain(new NodeError('port-closed', 'Nobody listens.', 'Start sshd.')), {
      message: 'Nobody listens.',
      remedy: 'Start sshd.',
    });
    const refused = new SwitchRefused([
      { code: 'host', message: 'It is the host.', remedy: 'Choose a pod.' },
    ]);
    assert.deepEqual(explain(refused), { message: 'It is the host.', remedy: 'Choose a pod.' });
  });

  it('says who holds a workload, since when, and what to do', () => {
    const data = { kind: 'workload-held', switch: '0', holder: 'alice@laptop', title: 'Switch to eBPF' };
    const started = new Date(2026, 4, 7, 14, 3, 11);
    const held = (state: string) =>
      explain(new AgentError('switch/apply', 'held', { ...data, state, started: started.getTime() }));
    assert.equal(
      held('armed').message,
      `alice@laptop holds this workload since ${started.toLocaleString()}: "Switch to eBPF" waits for its confirmation.`,
    );
    assert.match(held('armed').remedy ?? '', /Wait until it is over/);
    assert.match(held('undo-failed').remedy ?? '', /connect again/);
    const { message, remedy } = explain(new AgentError('switch/apply', 'held', { kind: 'workload-held' }));
    assert.equal(message, 'held.');
    assert.match(remedy ?? '', /Wait until the other switch/);
  });

  it('explains what nobody foresaw', () => {
    assert.deepEqual(explain(new TypeError('x is undefined')), { message: 'x is undefined', remedy: null });
    assert.deepEqual(explain('a string'), { message: 'a string', remedy: null });
  });

  it('knows what a person cancelled by themselves', () => {
    assert.ok(isCancellation(new NodeError('cancelled', 'Cancelled.', '')));
    assert.ok(isCancellation(new DOMException('aborted', 'AbortError')));
    assert.ok(!isCancellation(new NodeError('time-out', 'No answer.', '')));
    assert.ok(!isCancellation(new Error('AbortError')));
  });
});
