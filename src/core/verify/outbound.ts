import { portRangeText, rangeText } from '../net';
import type { PlannedCheck, Side } from './check';
import type { Ground } from './ground';
import { FAMILY, PASSES, endsOf, plan, type Attempt } from './plan';

const taken = (by: Side) => ({ kind: 'taken', by }) as const;

/** Who is the sidecar: its user, and the group that the policy names. Each with what tells it in ids and in titles. */
function sidecars({
  policy,
  application,
}: Ground): { who: Pick<Attempt, 'uid' | 'gid'>; id: string; text: string }[] {
  const { sidecarUid, sidecarGid } = policy;
  return [
    { who: { uid: sidecarUid, gid: application.gid }, id: 'user', text: `user ${sidecarUid}` },
    ...(sidecarGid === null
      ? []
      : [{ who: { uid: application.uid, gid: sidecarGid }, id: 'group', text: `group ${sidecarGid}` }]),
  ];
}

const attempt = (
  who: Pick<Attempt, 'uid' | 'gid'>,
  destinations: string[],
  port: number | null,
): Attempt => ({ from: 'inside', ...who, destinations, port });

/** Connections of the application that are to be taken, and what it sees of them. */
function redirectedChecks(ground: Ground): PlannedCheck[] {
  const { family, application, policy } = ground;
  const name = FAMILY[family];
  const port = ground.outboundPort();
  const inclusions = policy.outboundIpRangeInclusions;
  const at = (id: string): string => `${family}/outbound/${id}`;
  if (inclusions.length === 0) {
    const anywhere = attempt(application, ground.redirected(), port);
    return [
      plan(at('redirected'), `${name} connections reach the sidecar`, taken('outbound'), [anywhere]),
      plan(at('peer'), `The application sees the ${name} address that it asked for`, { kind: 'peer' }, [
        anywhere,
      ]),
    ];
  }
  const included = ground.ranges(inclusions);
  const beside = attempt(application, ground.included(null), port);
  return [
    ...included.map((range) => {
      const text = rangeText(range);
      const there = attempt(application, ground.included(range), port);
      const title = `Connections to ${text} reach the sidecar (included range)`;
      return plan(at(`included-range/${text}`), title, taken('outbound'), [there]);
    }),
    plan(at('other-ranges'), `${name} connections to no included range pass`, PASSES, [beside]),
    ...(included.length === 0
      ? []
      : [
          plan(at('peer'), `The application sees the ${name} address that it asked for`, { kind: 'peer' }, [
            attempt(application, ground.redirected(), port),
          ]),
        ]),
  ];
}

/** Connections of the application that an exclusion lets pass. */
function excludedChecks(ground: Ground, boundOnly: boolean): PlannedCheck[] {
  const { family, application, policy } = ground;
  const port = ground.outboundPort();
  const at = (id: string): string => `${family}/outbound/${id}`;
  return [
    ...ground.ranges(policy.outboundIpRangeExclusions).map((range) => {
      const text = rangeText(range);
      const there = attempt(application, ground.excluded(range), port);
      return plan(at(`excluded-range/${text}`), `Connections to ${text} pass (excluded range)`, PASSES, [
        there,
      ]);
    }),
    ...policy.outboundPortExclusions.map((range) => {
      const text = portRangeText(range);
      const title = `Outbound port ${text} is not redirected (${FAMILY[family]})`;
      const there = endsOf(range).map((end) => attempt(application, ground.away(), end));
      return plan(at(`excluded-port/${text}`), title, PASSES, there);
    }),
    ...policy.interfaceExclusions.map((pattern) => {
      const title = `${FAMILY[family]} connections over ${pattern} pass (excluded interface)`;
      const there = attempt(application, ground.behind(pattern), port);
      const doubt = boundOnly
        ? 'eBPF mode decides before a route is chosen: an excluded interface counts only for sockets that are bound to it, and probes are not. Exclude the networks behind it as well.'
        : null;
      return plan(at(`excluded-interface/${pattern}`), title, PASSES, [there], doubt);
    }),
  ];
}

/** Connections of the sidecar. */
function sidecarChecks(ground: Ground): PlannedCheck[] {
  const { family, policy } = ground;
  const name = FAMILY[family];
  const port = ground.outboundPort();
  const inside = ground.inboundPort([]);
  return sidecars(ground).flatMap(({ who, id, text }) => {
    const away = attempt(who, ground.away(), port);
    const home = attempt(who, ground.own, inside);
    const loop = attempt(who, [ground.loopback], inside);
    const at = (clause: string): string => `${family}/sidecar/${clause}/${id}`;
    const [address] = ground.own;
    const led =
      policy.podIpMode && family === 'ipv4'
        ? plan(
            at('pod-ip'),
            `The sidecar’s connections to 127.0.0.1 reach the pod’s address (PodIP mode, ${text})`,
            { kind: 'led', to: address ?? '' },
            [loop],
            address === undefined ? 'The workload has no address of its own.' : null,
          )
        : plan(at('loopback'), `The sidecar’s connections to ${ground.loopback} pass (${text})`, PASSES, [
            loop,
          ]);
    return [
      plan(at('passes'), `The sidecar’s own ${name} connections pass (${text})`, PASSES, [away]),
      plan(
        at('own-pod'),
        `The sidecar’s ${name} connections to its own pod reach its inbound port (${text})`,
        taken('inbound'),
        [home],
      ),
      led,
    ];
  });
}

/** Connections of the application that stay in the workload. */
function localChecks(ground: Ground): PlannedCheck[] {
  const { family, application } = ground;
  const port = ground.inboundPort([]);
  return [
    plan(
      `${family}/outbound/to-itself`,
      `The application’s ${FAMILY[family]} connections to its own pod pass`,
      PASSES,
      [attempt(application, ground.own, port)],
    ),
    plan(`${family}/outbound/loopback`, `The application’s connections to ${ground.loopback} pass`, PASSES, [
      attempt(application, [ground.loopback], port),
    ]),
  ];
}

/**
 * One check for each clause of the policy on connections that begin in the workload. `boundOnly`: excluded interfaces count
 * for bound sockets only, as in eBPF mode.
 */
export function outboundChecks(ground: Ground, boundOnly: boolean): PlannedCheck[] {
  return [
    ...redirectedChecks(ground),
    ...excludedChecks(ground, boundOnly),
    ...localChecks(ground),
    ...sidecarChecks(ground),
  ];
}

/** That the application's connections pass, where nothing is to be redirected. */
export function untouchedOutbound(ground: Ground): PlannedCheck[] {
  const { family, application } = ground;
  const away = attempt(application, ground.away(), ground.outboundPort());
  const title = `Outbound ${FAMILY[family]} connections are not redirected`;
  return [plan(`${family}/outbound/untouched`, title, PASSES, [away])];
}
