import { isDeepStrictEqual } from 'node:util';
import type { Policy } from '../../src/core/policy';
import { DIFFERENCES } from './differences';
import { explainer, isAsExplained, type Explained } from './explained';
import type { Connection, Outcome } from './outcome';
import type { Mode, Stage } from './stages';

/** What is compared: a stage, as far as that needs it. */
export type Side = Pick<Stage, 'apply' | 'connect' | 'facts'>;

/** A pod in each mode. */
export type Stages = Record<Mode, Side>;

/** A connection whose fate was not everywhere what it should have been. */
export interface Disagreement {
  connection: Connection;
  nft: Outcome;
  legacy: Outcome;
  /** iptables mode's outcome with the known differences. */
  expected: Outcome;
  ebpf: Outcome;
  explained: Explained;
}

/** What the connections of a run came to, by kind: `world`, `sidecar:15001`, `ECONNREFUSED`, the name of a difference. */
export type Tally = Map<string, number>;

const count = (tally: Tally, kind: string): void => void tally.set(kind, (tally.get(kind) ?? 0) + 1);

const kindOf = (outcome: Outcome): string =>
  'error' in outcome ? outcome.error : outcome.server.by.replace(/^(pod|world):\d+$/, '$1');

/** What eBPF mode is to do where iptables mode did this. */
function expectedOf(
  iptables: Outcome,
  seen: { connection: Connection; everyInterface: Outcome },
  tally: Tally,
): Outcome {
  return DIFFERENCES.reduce((outcome, { name, applies, becomes }) => {
    if (!applies(outcome, seen)) return outcome;
    count(tally, name);
    return becomes(outcome, seen);
  }, iptables);
}

/** What iptables mode does under the policy without its interface exclusions: in one back-end, both agree. */
async function withEveryInterface(
  stage: Side,
  policy: Policy,
  connections: readonly Connection[],
): Promise<Outcome[] | null> {
  if (policy.interfaceExclusions.length === 0) return null;
  await stage.apply({ ...policy, interfaceExclusions: [] });
  // A socket bound to an interface that is not excluded would reach nobody, and wait for long.
  return stage.connect(connections.map((connection) => ({ ...connection, device: null })));
}

/** Makes the connections in every mode under the policy; gives those on which the modes do not agree. */
export async function compare(
  stages: Stages,
  policy: Policy,
  connections: readonly Connection[],
  tally: Tally,
): Promise<Disagreement[]> {
  const all = [stages.nft, stages.legacy, stages.ebpf];
  await Promise.all(all.map((stage) => stage.apply(policy)));
  const outcomes = await Promise.all(all.map((stage) => stage.connect(connections)));
  const everyInterface = await withEveryInterface(stages.legacy, policy, connections);
  const explain = explainer(policy, stages.ebpf.facts);
  return connections.flatMap((connection, index): Disagreement[] => {
    const [nft, legacy, ebpf] = outcomes.map((list) => list[index]);
    if (!nft || !legacy || !ebpf) throw new Error('an outcome is missing');
    count(tally, `${connection.direction}: ${kindOf(nft)}`);
    const seen = { connection, everyInterface: everyInterface?.[index] ?? nft };
    const expected = expectedOf(nft, seen, tally);
    const explained = explain(connection);
    const agreed =
      isDeepStrictEqual(nft, legacy) &&
      isDeepStrictEqual(expected, ebpf) &&
      isAsExplained(explained.iptables, nft, connection) &&
      isAsExplained(explained.ebpf, ebpf, connection);
    return agreed ? [] : [{ connection, nft, legacy, expected, ebpf, explained }];
  });
}

/** For a person: what was asked, and what each said. */
export function describeDisagreement({ connection, ...said }: Disagreement): string {
  const lines = Object.entries(said).map(([who, outcome]) => `  ${who.padEnd(8)} ${JSON.stringify(outcome)}`);
  return [JSON.stringify(connection), ...lines].join('\n');
}
