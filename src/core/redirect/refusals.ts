import { missingText, MODE_NEEDS } from '../node-check';
import { mapsFromPolicy } from '../ebpf';
import { renderPolicy } from '../iptables';
import type { NodeInfo, Snapshot } from '../model';
import type { Policy } from '../policy';
import { policyForMaps, ruleFacts, serves, workloadFacts } from './families';
import type { Refusal } from './plan';
import type { Mode, Verdict } from './verdict';

function nodeRefusals(node: NodeInfo, mode: Mode): Refusal[] {
  return node.missing
    .filter(({ code }) => MODE_NEEDS[mode].includes(code))
    .map(({ code, detail }) => ({ code: 'node', ...missingText(code, detail) }));
}

function sidecarRefusals(snapshot: Snapshot, policy: Policy): Refusal[] {
  const ports = [
    ['inbound', policy.inboundPort],
    ['outbound', policy.outboundPort],
  ] as const;
  return ports.flatMap(([direction, port]): Refusal[] => {
    const listeners = snapshot.listeners.filter(
      (listener) => listener.port === port && serves(listener, 'ipv4'),
    );
    const [first] = listeners;
    if (!first) {
      return [
        {
          code: 'sidecar-not-listening',
          message: `Nobody listens on port ${port} (${direction}) in this workload; its traffic would be cut.`,
          remedy: 'Start the sidecar, or set the port that it listens on in the policy.',
        },
      ];
    }
    // Of a listener only the user is known: with a group in the policy, another user can be the sidecar (a notice tells).
    if (policy.sidecarGid !== null || listeners.some(({ uid }) => uid === policy.sidecarUid)) return [];
    return [
      {
        code: 'sidecar-other-user',
        message: `User ${first.uid} listens on port ${port} (${direction}), and not the sidecar’s user ${policy.sidecarUid}; its own connections would come back to it.`,
        remedy: `Run the sidecar as user ${policy.sidecarUid}, or set its user in the policy.`,
      },
    ];
  });
}

function policyRefusals(snapshot: Snapshot, policy: Policy, mode: Mode): Refusal[] {
  try {
    if (mode === 'iptables') renderPolicy(policy, 'ipv4', ruleFacts(snapshot));
    else mapsFromPolicy(policyForMaps(snapshot, policy), workloadFacts(snapshot, policy));
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [{ code: 'policy', message: error.message, remedy: 'Change the policy of this workload.' }];
  }
}

/** Everything that speaks against the switch, found before anything is changed. */
export function refusalsOf(
  snapshot: Snapshot,
  node: NodeInfo,
  policy: Policy,
  mode: Mode,
  options: { verdict: Verdict; force: boolean; object: boolean },
): Refusal[] {
  const refusals: Refusal[] = [];
  if (snapshot.workload.host && !options.force) {
    refusals.push({
      code: 'host',
      message: 'This is the namespace of the node itself; its traffic is not redirected by accident.',
      remedy: 'Choose a pod or another namespace.',
    });
  }
  refusals.push(...nodeRefusals(node, mode));
  if (mode === 'none') return refusals;
  const { foreign } = options.verdict;
  if (foreign !== null) {
    refusals.push({
      code: 'foreign',
      message: `Someone else redirects this workload already: ${foreign}.`,
      remedy: 'Take the workload out of the other mesh first.',
    });
  }
  if (mode === 'ebpf' && !options.object) {
    refusals.push({
      code: 'object',
      message: 'The programs of eBPF mode are not there.',
      remedy: 'Install the extension again.',
    });
  }
  if (mode === 'ebpf' && snapshot.workload.cookie === null) {
    refusals.push({ code: 'node', ...missingText('netns-cookie', '') });
  }
  return [...refusals, ...sidecarRefusals(snapshot, policy), ...policyRefusals(snapshot, policy, mode)];
}
