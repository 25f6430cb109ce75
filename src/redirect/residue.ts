import { fromHex, readSettings } from '../core/ebpf';
import type { NodeInfo, NodeResidue, Snapshot, Workload } from '../core/model';
import { DEFAULT_POLICY, type Policy } from '../core/policy';
import { ownHooks, ownMaps, verdictOf } from '../core/redirect';
import {
  nodeFindings,
  residueOf,
  workloadFindings,
  type Finding,
  type ObservedWorkload,
} from '../core/residue';
import type { Agent } from '../nodes/agent/agent';
import { AgentError } from '../nodes/errors';
import { dumpMap, readPolicyMaps } from './observe';

export interface ResidueRequest {
  connection: { agent: Agent; info: NodeInfo };
  /** The policy under which a workload is to be seen; FSM's defaults unless told. */
  policyOf?: (workload: Workload) => Readonly<Policy> | Promise<Readonly<Policy>>;
  signal?: AbortSignal | undefined;
}

/** Where the hooks lead: what their maps say, or the policy where those cannot be read. */
async function hookPorts(agent: Agent, snapshot: Snapshot, policy: Policy): Promise<number[]> {
  if (ownHooks(snapshot).size === 0) return [];
  const maps = await readPolicyMaps(agent, snapshot);
  const value = maps.find(({ map }) => map === 'settings')?.entries[0]?.value;
  const { outboundPort, inboundPort } = (value === undefined ? null : readSettings(fromHex(value))) ?? policy;
  return [outboundPort, inboundPort];
}

async function observeWorkload(request: ResidueRequest, workload: Workload): Promise<ObservedWorkload> {
  const { connection, policyOf, signal } = request;
  const { agent } = connection;
  const { id } = workload;
  const snapshot = await agent.request('snapshot', { workload: id }, signal);
  const policy = (await policyOf?.(workload)) ?? DEFAULT_POLICY;
  const { rules, hooks } = verdictOf(snapshot, policy);
  const { connections } =
    rules.length === 0
      ? { connections: [] }
      : await agent.request('connections/list', { workload: id, ports: null }, signal);
  const origins = ownMaps(snapshot, hooks).get('origins');
  return {
    snapshot,
    policy,
    connections,
    origins: origins === undefined ? 0 : (await dumpMap(agent, origins)).length,
    hookPorts: await hookPorts(agent, snapshot, policy),
  };
}

/** How often a workload is looked at whose programs are exchanged meanwhile. */
const ATTEMPTS = 3;

/** Null for a workload that has ended meanwhile, or does not stay as it is for as long as a look takes. */
async function observeIfThere(request: ResidueRequest, workload: Workload): Promise<ObservedWorkload | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    try {
      return await observeWorkload(request, workload);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      if (error.data.kind === 'no-such-workload') return null;
      if (error.data.kind !== 'no-such-map') throw error;
    }
  }
  return null;
}

const look = (request: ResidueRequest): Promise<NodeResidue> =>
  request.connection.agent.request('residue/list', {}, request.signal);

/**
 * Everything on a node that serves nobody: rules of ours, of FSM and of other meshes, hooks, pins, journals, files. What is
 * in use is not listed. Changes nothing. Rejects with AgentError or NodeError.
 */
export async function findResidue(request: ResidueRequest): Promise<Finding[]> {
  const { agent, info } = request.connection;
  const { workloads } = await agent.request('workloads/list', {}, request.signal);
  const node = await look(request);
  const observed = await Promise.all(workloads.map((workload) => observeIfThere(request, workload)));
  return residueOf(
    node,
    observed.filter((one) => one !== null),
    info.iptables,
  );
}

/** What is found now where a finding was. Rejects as `findResidue` does. */
export async function findAgain(request: ResidueRequest, { removal }: Finding): Promise<Finding[]> {
  const { agent, info } = request.connection;
  const node = await look(request);
  const id = removal.flatMap(({ params }) => ('workload' in params ? [params.workload] : []))[0];
  const { workloads } = await agent.request('workloads/list', {});
  const workload = workloads.find((one) => one.id === id);
  const observed = workload ? await observeIfThere(request, workload) : null;
  return [...nodeFindings(node), ...(observed ? workloadFindings(observed, node, info.iptables) : [])];
}
