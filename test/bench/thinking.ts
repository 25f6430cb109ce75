import { Playground } from '../../playground/playground';
import type { Pod } from '../../playground/pod';
import { diffRulesets, parseRuleset } from '../../src/core/iptables';
import type { EstablishedConnection, NodeInfo, Snapshot } from '../../src/core/model';
import { DEFAULT_POLICY } from '../../src/core/policy';
import { planSwitch, type BpfObject, type Mode, type PolicyMapState } from '../../src/core/redirect';
import { explainWhole } from '../../src/core/trace';
import { localNode, type Connection } from '../../src/nodes';
import { loadObject, switchWorkload } from '../../src/redirect';
import { observeWithMaps } from '../../src/redirect/observe';
import { median, type Row } from './measure';
import { AGENTS, connect, OBJECTS, requestsOn } from './node';

const ROUNDS = 200;
/** What a person does not notice, in milliseconds. */
const LIMIT = 5;

/** All that the extension knows of a pod when it thinks about it. */
interface Known {
  node: NodeInfo;
  snapshot: Snapshot;
  policyMaps: PolicyMapState[];
  connections: EstablishedConnection[];
  object: BpfObject;
}

async function lookAt({ agent, info: node }: Connection, { workloadId }: Pod): Promise<Known> {
  const { snapshot, policyMaps } = await observeWithMaps(agent, workloadId, DEFAULT_POLICY, node.iptables);
  const { connections } = await agent.request('connections/list', { workload: workloadId, ports: null });
  return { node, snapshot, policyMaps, connections, object: await loadObject(OBJECTS) };
}

const rulesets = ({ snapshot }: Known) =>
  snapshot.rulesets.map(({ family, backend, text }) => ({ family, backend, ruleset: parseRuleset(text) }));

function plan(known: Known, to: Mode): void {
  const { steps } = planSwitch({ ...known, policy: DEFAULT_POLICY, to });
  if (steps.length === 0) throw new Error(`a switch to ${to} has no steps`);
}

function explain(known: Known, pod: Pod): void {
  const { snapshot, policyMaps } = known;
  const interfaces = snapshot.addresses.map((one) => ({ name: one.interface, index: one.index }));
  const maps = policyMaps.length > 0 ? policyMaps : null;
  const { end } = explainWhole({ rulesets: rulesets(known), maps, interfaces }, DEFAULT_POLICY, {
    ...{ direction: 'outbound', uid: 1000, gid: 1000, source: pod.address, sourcePort: 40_000 },
    ...{ destination: '192.0.2.7', destinationPort: 80, interface: 'eth0', boundInterface: null },
  });
  if (end.kind === 'direct') throw new Error('it is not redirected');
}

/** From both texts, as they come from the node. */
function diff(before: Known, after: Known): void {
  const changed = before.snapshot.rulesets.flatMap(({ family, backend, text }) => {
    const other = after.snapshot.rulesets.find((one) => one.family === family && one.backend === backend);
    return diffRulesets(parseRuleset(text), parseRuleset(other?.text ?? ''));
  });
  if (changed.length === 0) throw new Error('nothing has changed');
}

/** The middle of many, in milliseconds. */
function often(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const begun = performance.now();
    work();
    return performance.now() - begun;
  });
  return median(times);
}

/** What the extension itself takes to think about a pod, once all is known: no node is asked. */
export async function thinking(): Promise<Row[]> {
  const playground = await Playground.start({ prefix: 'bench-think', mode: 'iptables', ipv6: true });
  const node = localNode(AGENTS);
  const connection = await connect(node);
  try {
    const { client } = playground;
    const inRules = await lookAt(connection, client);
    await switchWorkload(requestsOn(node, connection)(client, 'ebpf'));
    const inHooks = await lookAt(connection, client);
    const things: [string, () => void][] = [
      [
        'a plan, from iptables to eBPF',
        () => {
          plan(inRules, 'ebpf');
        },
      ],
      [
        'a plan, from eBPF to iptables',
        () => {
          plan(inHooks, 'iptables');
        },
      ],
      [
        'an explanation of a connection, by rules',
        () => {
          explain(inRules, client);
        },
      ],
      [
        'an explanation of a connection, by maps',
        () => {
          explain(inHooks, client);
        },
      ],
      [
        "a diff of a pod's rules",
        () => {
          diff(inRules, inHooks);
        },
      ],
    ];
    return things.map(([what, work]) => ({ what, value: often(work), unit: 'ms', limit: LIMIT }));
  } finally {
    connection.dispose();
    await playground.stop();
  }
}
