import type { NodeInfo, Probe, ProbeResult } from '../core/model';
import type { Policy } from '../core/policy';
import { policyIn, type Mode } from '../core/redirect';
import {
  checksOf,
  judge,
  modeToVerify,
  wholeCheck,
  WHOLE,
  type Check,
  type PlannedCheck,
  type Scene,
} from '../core/verify';
import type { Agent } from '../nodes/agent/agent';
import { observe } from './observe';

export interface VerifyRequest {
  connection: { agent: Agent; info: NodeInfo };
  workloadId: string;
  policy: Policy;
  /** What is to be proved; unless told, the mode that is there. */
  mode?: Mode | undefined;
  /** The ids of the checks that are to be made; all of them unless told. */
  only?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
}

/** As many as one request takes (docs/agent-protocol.md, `connections/probe`). */
const PROBES_AT_ONCE = 256;

/** What was seen of a workload that is to be verified, and what there is to try. */
export interface Prepared {
  scene: Scene;
  /** That of the mode as a whole, which needs no probes. */
  whole: Check;
  checks: PlannedCheck[];
}

/** Looks at a workload, and says what there is to try: one round trip. Rejects with AgentError or NodeError. */
export async function lookAt({
  connection,
  workloadId,
  policy,
  ...options
}: VerifyRequest): Promise<Prepared> {
  const { agent, info } = connection;
  const { snapshot, verdict } = await observe(agent, workloadId, policy, info.iptables);
  const declared = options.mode ?? modeToVerify(verdict);
  const mode = declared ?? 'none';
  const scene = { snapshot, policy: policyIn(snapshot, policy), verdict, mode };
  // What another mesh redirects is not by this policy.
  const checks = declared === null ? [] : checksOf({ ...scene, tools: info.iptables });
  return { scene, whole: wholeCheck(verdict, mode), checks };
}

async function probeAll(
  { connection, workloadId: workload, signal }: VerifyRequest,
  probes: readonly Probe[],
): Promise<ProbeResult[]> {
  const all: ProbeResult[] = [];
  for (let first = 0; first < probes.length; first += PROBES_AT_ONCE) {
    const some = probes.slice(first, first + PROBES_AT_ONCE);
    const { results } = await connection.agent.request(
      'connections/probe',
      { workload, probes: some },
      signal,
    );
    all.push(...results);
  }
  return all;
}

/** The checks of a workload, to be chosen from. Nothing is probed. Rejects with AgentError or NodeError. */
export async function listChecks(request: VerifyRequest): Promise<Pick<Check, 'id' | 'title'>[]> {
  const { whole, checks } = await lookAt(request);
  return [whole, ...checks].map(({ id, title }) => ({ id, title }));
}

/** Makes the connections of the checks that were chosen, and judges them: one round trip. Rejects as `verifyWorkload` does. */
export async function tryOut(request: VerifyRequest, { scene, whole, checks }: Prepared): Promise<Check[]> {
  const { only } = request;
  const chosen = checks.filter(({ id }) => only?.includes(id) ?? true);
  const results = await probeAll(
    request,
    chosen.flatMap(({ probes }) => probes),
  );
  return [
    ...((only?.includes(WHOLE) ?? true) ? [whole] : []),
    ...chosen.map((check) => judge(scene, check, results)),
  ];
}

/**
 * Proves by real connections that each clause of the policy holds in a workload. They are made as an application's user and
 * as the sidecar's, inside and from a neighbour, and closed again: who listens there sees them come and go. Rejects with
 * AgentError or NodeError.
 */
export async function verifyWorkload(request: VerifyRequest): Promise<Check[]> {
  return tryOut(request, await lookAt(request));
}
