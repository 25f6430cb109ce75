import { portRangeText, rangeText, type PortRange } from '../net';
import type { PlannedCheck } from './check';
import type { Ground } from './ground';
import { FAMILY, PASSES, endsOf, plan, type Attempt } from './plan';

const TAKEN = { kind: 'taken', by: 'inbound' } as const;

/** From a neighbour of the workload. Whose it is there, nobody here sees. */
const attempt = (ground: Ground, port: number | null): Attempt => ({
  ...{ from: 'outside', uid: 0, gid: 0 },
  ...ground.neighbour(),
  destinations: ground.own,
  port,
});

const ALL_EXCLUDED = 'Whoever a probe could come from is excluded by its source.';

function redirectedChecks(ground: Ground): PlannedCheck[] {
  const { family, policy } = ground;
  const inclusions = policy.inboundPortInclusions;
  const at = (id: string): string => `${family}/inbound/${id}`;
  const doubt = ground.neighbour() === null ? ALL_EXCLUDED : null;
  if (inclusions.length === 0) {
    const title = `Inbound ${FAMILY[family]} connections reach the sidecar`;
    return [plan(at('redirected'), title, TAKEN, [attempt(ground, ground.inboundPort([]))], doubt)];
  }
  return [
    ...inclusions.map((range) => {
      const text = portRangeText(range);
      const title = `Inbound port ${text} reaches the sidecar (included port, ${FAMILY[family]})`;
      const there = attempt(ground, ground.inboundPort([range]));
      return plan(at(`included-port/${text}`), title, TAKEN, [there], doubt);
    }),
    plan(at('other-ports'), `Other inbound ports are not redirected (${FAMILY[family]})`, PASSES, [
      attempt(ground, ground.inboundPortBeside(inclusions)),
    ]),
  ];
}

function passedPorts(
  ground: Ground,
  id: string,
  ports: readonly PortRange[],
  titleOf: (ports: string) => string,
): PlannedCheck[] {
  return ports.map((range) => {
    const text = portRangeText(range);
    const title = `${titleOf(text)}, ${FAMILY[ground.family]})`;
    const there = endsOf(range).map((end) => attempt(ground, end));
    return plan(`${ground.family}/inbound/${id}/${text}`, title, PASSES, there);
  });
}

function excludedSources(ground: Ground): PlannedCheck[] {
  const { family, policy } = ground;
  return ground.ranges(policy.inboundSourceExclusions).map((range) => {
    const text = rangeText(range);
    const [source] = ground.sources(range);
    const doubt =
      source === undefined
        ? 'The range has no address that a probe could come from without taking the place of somebody.'
        : null;
    const from: Attempt = {
      ...attempt(ground, ground.inboundPort(policy.inboundPortInclusions)),
      ...(source === undefined ? {} : { source }),
    };
    const title = `Inbound connections from ${text} pass (excluded source)`;
    return plan(`${family}/inbound/excluded-source/${text}`, title, PASSES, [from], doubt);
  });
}

/** One check for each clause of the policy on connections that come in from the network. */
export function inboundChecks(ground: Ground): PlannedCheck[] {
  const { bypassPorts, inboundPortExclusions, controlPorts } = ground.policy;
  return [
    ...redirectedChecks(ground),
    ...passedPorts(
      ground,
      'bypass-port',
      bypassPorts,
      (ports) => `Inbound port ${ports} reaches the sidecar itself (bypass`,
    ),
    ...passedPorts(
      ground,
      'excluded-port',
      inboundPortExclusions,
      (ports) => `Inbound port ${ports} is not redirected (excluded`,
    ),
    ...passedPorts(
      ground,
      'control-port',
      controlPorts,
      (ports) => `Inbound port ${ports} is not redirected (control port`,
    ),
    ...excludedSources(ground),
  ];
}

/** That inbound connections pass, where nothing is to be redirected. */
export function untouchedInbound(ground: Ground): PlannedCheck[] {
  const title = `Inbound ${FAMILY[ground.family]} connections are not redirected`;
  const there = attempt(ground, ground.inboundPort(ground.policy.inboundPortInclusions));
  return [plan(`${ground.family}/inbound/untouched`, title, PASSES, [there])];
}
