import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { parsePolicy } from '../../../src/core/policy';
import { compare, describeDisagreement, type Tally } from '../../parity/compare';
import { connectionOf, draw } from '../../parity/connections';
import { DIFFERENCES } from '../../parity/differences';
import { policySettings } from '../../parity/policies';
import { useStages } from '../../parity/trio';

/** Policies in all; PARITY_RUNS=5000 for a long run. A failure prints the seed and the path that repeat it. */
const RUNS = Number(process.env['PARITY_RUNS'] ?? '200');
const CONNECTIONS = 20;
const { PARITY_SEED: SEED, PARITY_PATH: PATH } = process.env;

/** So many policies meet every kind of connection, whatever the seed. */
const ENOUGH = 100;

/** Each has to be met, or the test would have become one of less than it says. */
const KINDS = [
  ...['outbound: world', 'outbound: pod', 'outbound: sidecar:15001', 'outbound: sidecar:15003'],
  ...['inbound: pod', 'inbound: sidecar:15003', 'outbound: ECONNREFUSED', 'inbound: ECONNREFUSED'],
  ...DIFFERENCES.map(({ name }) => name),
];

const report = (line: string): void => void process.stdout.write(`    ${line}\n`);

for (const listeners of ['apart', 'together'] as const)
  describe(`iptables mode and eBPF mode, the sidecar serving IPv4 and IPv6 ${listeners}`, function () {
    this.timeout(120_000 + RUNS * 10_000);
    const stages = useStages(listeners);

    it('decide every connection alike, and as explainConnection says', async () => {
      const tally: Tally = new Map();
      const seed = SEED === undefined ? Date.now() & 0x7fffffff : Number(SEED);
      const numRuns = Math.ceil(RUNS / 2);
      report(`PARITY_SEED=${seed} PARITY_RUNS=${RUNS}`);
      const draws = fc.array(draw, { minLength: CONNECTIONS, maxLength: CONNECTIONS });
      await fc.assert(
        fc.asyncProperty(policySettings, draws, async (settings, choices) => {
          const policy = parsePolicy(settings).policy ?? assert.fail('no policy');
          const connections = choices.map((choice) => connectionOf(policy, choice));
          const disagreements = await compare(stages(), policy, connections, tally);
          assert.equal(disagreements.length, 0, `\n${disagreements.map(describeDisagreement).join('\n')}`);
        }),
        { seed, numRuns, ...(PATH === undefined ? {} : { path: PATH }) },
      );
      for (const [kind, number] of [...tally].sort()) report(`${String(number).padStart(7)} ${kind}`);
      const missing = KINDS.filter((kind) => !tally.has(kind));
      if (numRuns >= ENOUGH && PATH === undefined) assert.deepEqual(missing, []);
    });
  });
