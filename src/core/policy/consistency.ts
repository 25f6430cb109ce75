import { ALL_PORTS, containsRange, otherPorts, rangeText, type PortRange } from '../net';
import type { Policy, Problem } from './policy';

const error = (path: string, message: string, remedy: string): Problem => ({
  severity: 'error',
  path,
  message,
  remedy,
});
const warning = (path: string, message: string, remedy: string): Problem => ({
  ...error(path, message, remedy),
  severity: 'warning',
});

function clashingPorts(policy: Policy): Problem[] {
  const names = ['inboundPort', 'outboundPort', 'adminPort'] as const;
  return names.flatMap((name, index) => {
    const other = names.slice(0, index).find((before) => policy[before] === policy[name]);
    return other
      ? [
          error(
            name,
            `${name} and ${other} are both ${policy[name]}.`,
            'Give each the port that the sidecar listens on for it.',
          ),
        ]
      : [];
  });
}

const takesEveryPort = (ranges: PortRange[]): boolean => otherPorts(ranges).length === 0;

function nothingLeft(policy: Policy): Problem[] {
  const problems: Problem[] = [];
  for (const name of ['inboundPortExclusions', 'outboundPortExclusions'] as const) {
    if (!takesEveryPort(policy[name])) continue;
    problems.push(
      error(
        name,
        `Every port from ${ALL_PORTS.first} to ${ALL_PORTS.last} is excluded: nothing would be redirected.`,
        'Exclude fewer ports, or remove the redirection instead.',
      ),
    );
  }
  const passed = [...policy.inboundPortExclusions, ...policy.controlPorts, ...policy.bypassPorts];
  const kept = otherPorts(passed).some((open) =>
    policy.inboundPortInclusions.some((range) => range.first <= open.last && open.first <= range.last),
  );
  if (policy.inboundPortInclusions.length > 0 && !kept) {
    problems.push(
      error(
        'inboundPortInclusions',
        'Every included inbound port is also excluded, a bypass port or a control port.',
        'Take the port out of one of the lists.',
      ),
    );
  }
  return problems;
}

function contradictions(policy: Policy): Problem[] {
  return policy.outboundIpRangeInclusions.flatMap((included, index) => {
    const by = policy.outboundIpRangeExclusions.find((excluded) => containsRange(excluded, included));
    return by
      ? [
          error(
            `outboundIpRangeInclusions[${index}]`,
            `${rangeText(included)} is included, but all of it is excluded by ${rangeText(by)}.`,
            'Exclusions win: take the range out of one of the lists.',
          ),
        ]
      : [];
  });
}

function surprises(policy: Policy): Problem[] {
  const problems: Problem[] = [];
  if (policy.sidecarUid === 0) {
    problems.push(
      warning(
        'sidecarUid',
        'Every connection of root passes, not only those of the sidecar.',
        'Run the sidecar as a user of its own.',
      ),
    );
  }
  if (policy.sidecarGid === 0) {
    problems.push(
      warning(
        'sidecarGid',
        'Every connection of root’s group passes, not only those of the sidecar.',
        'Run the sidecar in a group of its own, or leave the group out.',
      ),
    );
  }
  return problems;
}

/** What is wrong between the settings of a policy whose values are each right. */
export function checkPolicy(policy: Policy): Problem[] {
  return [clashingPorts, nothingLeft, contradictions, surprises].flatMap((check) => check(policy));
}
