import type { Endpoint, Probe, ProbeResult } from '../model';
import { isLoopback, parseAddress } from '../net';
import type { Check, Expectation, PlannedCheck, Side } from './check';
import { isNowhere } from './ground';
import { listensAt, takerOf, type Scene } from './taker';
import { nameOf, takerText } from './words';

type Finding = Pick<Check, 'outcome' | 'message'>;

const passed = (message: string): Finding => ({ outcome: 'passed', message });
const failed = (message: string): Finding => ({ outcome: 'failed', message });
const inconclusive = (message: string): Finding => ({ outcome: 'inconclusive', message });

const askedOf = ({ destination, port }: ProbeResult): Endpoint => ({ address: destination, port });

const same = (a: Endpoint, b: Endpoint): boolean =>
  a.port === b.port && parseAddress(a.address)?.bytes.join() === parseAddress(b.address)?.bytes.join();

const isLocal = (address: string): boolean => {
  const parsed = parseAddress(address);
  return parsed !== null && isLoopback(parsed.bytes);
};

/** True for a connection from loopback to elsewhere: `connect` was led there before the kernel chose a source. */
const wasLedToLoopback = ({ source, destination }: ProbeResult): boolean =>
  source !== null && isLocal(source.address) && !isLocal(destination);

const errorText = ({ errno }: ProbeResult): string => (errno === null ? '' : ` (errno ${errno})`);

/** A connection from outside that was not even begun: no neighbour could be where it was to come from. */
function unbegun({ from, source: wanted }: Probe, { source }: ProbeResult): Finding | null {
  if (from === 'inside' || source !== null) return null;
  return inconclusive(
    wanted === undefined
      ? 'The workload could not be given a neighbour to try this from.'
      : `No neighbour could be ${wanted}: the workload has a route to that address.`,
  );
}

/** A connection that nobody in the workload was seen to have. */
function unseen(scene: Scene, result: ProbeResult): Finding | null {
  const asked = nameOf(askedOf(result));
  const own = scene.snapshot.addresses.some(({ address }) => address === result.destination);
  switch (result.outcome) {
    case 'established':
      return own || isNowhere(result.destination) || wasLedToLoopback(result)
        ? inconclusive(`${asked} was answered, but whoever did was gone before it could be seen.`)
        : null;
    case 'unreachable':
      return result.source === null && scene.mode !== 'ebpf'
        ? inconclusive(`The workload has no route to ${asked}: no rule was asked.`)
        : null;
    case 'failed':
      return inconclusive(`The connection to ${asked} could not be made${errorText(result)}.`);
    case 'refused':
    case 'no-answer':
      return null;
  }
}

const closedText = (asked: string): string =>
  `The connection to ${asked} was closed at once, and does not tell who had taken it.`;

function judgeTaken(scene: Scene, by: Side, result: ProbeResult): Finding {
  const { policy } = scene;
  const asked = nameOf(askedOf(result));
  const port = by === 'inbound' ? policy.inboundPort : policy.outboundPort;
  const { accepted } = result;
  if (accepted === null) {
    const reason = unseen(scene, result);
    if (reason !== null) return reason;
    if (!listensAt(scene, by, result)) {
      return failed(
        `The connection to ${asked} was lost: nobody listens at the sidecar’s ${by} port ${port}.`,
      );
    }
    return failed(`The sidecar did not take the connection to ${asked}: ${FATES[result.outcome]}.`);
  }
  const taker = takerOf(scene, accepted);
  if (taker.who === 'closed') return inconclusive(closedText(asked));
  if (taker.who === 'unsure') return inconclusive(`The connection to ${asked}: ${taker.doubt}`);
  const text = takerText(accepted);
  if (taker.who !== by) {
    return failed(`${text} took the connection to ${asked}, and not the sidecar’s ${by} port ${port}.`);
  }
  const origin = accepted.originalDestination;
  if (origin !== null && same(origin, askedOf(result))) {
    return passed(`${text} took the connection to ${asked}, and knows that.`);
  }
  if (origin !== null)
    return failed(`${text} took the connection to ${asked}, but learnt ${nameOf(origin)}.`);
  return accepted.pid === null
    ? inconclusive(
        `The ${by} port took the connection to ${asked} and closed it at once: what it had learnt cannot be asked.`,
      )
    : failed(`${text} took the connection to ${asked}, but learnt no original destination.`);
}

/** Without these, a sidecar that hooks lead to cannot learn where a connection was to go. */
const TELLING = ['sockops', 'getsockopt'] as const;

/** A connection that is not proved to be right is wrong where it cannot be right: whoever took it. */
function withoutDoubt({ mode, verdict }: Scene, finding: Finding): Finding {
  const missing = mode === 'ebpf' ? TELLING.find((hook) => !verdict.hooks.has(hook)) : undefined;
  return finding.outcome !== 'inconclusive' || missing === undefined
    ? finding
    : failed(`${finding.message} The sidecar can have learnt nothing: ${missing} is not attached.`);
}

const FATES: Readonly<Record<ProbeResult['outcome'], string>> = {
  established: 'someone outside of the workload did',
  refused: 'it was refused',
  unreachable: 'it left the workload, and the network could not deliver it',
  'no-answer': 'it was not answered, as if it had left the workload',
  failed: 'it could not be made',
};

const SIDES: readonly Side[] = ['inbound', 'outbound'];

function judgePasses(scene: Scene, result: ProbeResult): Finding {
  const asked = nameOf(askedOf(result));
  const { accepted } = result;
  if (accepted !== null) {
    const taker = takerOf(scene, accepted);
    if (taker.who === 'unsure') return inconclusive(`The connection to ${asked}: ${taker.doubt}`);
    if (taker.who === 'closed') {
      return inconclusive(
        `The connection to ${asked} was closed at once, and does not tell who had taken it.`,
      );
    }
    const text = takerText(accepted);
    return taker.who === 'other'
      ? passed(`${text} took the connection to ${asked}.`)
      : failed(`${text} took the connection to ${asked} at its ${taker.who} port; it should have passed.`);
  }
  if (wasLedToLoopback(result)) {
    return failed(`The connection to ${asked} was led to loopback; it should have passed.`);
  }
  const reason = unseen(scene, result);
  if (reason !== null) return reason;
  const missing = SIDES.find((side) => !listensAt(scene, side, result));
  if (result.outcome === 'refused' && scene.mode !== 'none' && missing !== undefined) {
    return inconclusive(
      `The connection to ${asked} was refused, as it would be by the sidecar’s ${missing} port, where nobody listens.`,
    );
  }
  return passed(`Nobody here took the connection to ${asked}.`);
}

function judgePeer(result: ProbeResult): Finding {
  const { peer } = result;
  const asked = askedOf(result);
  if (peer === null)
    return inconclusive(`The connection to ${nameOf(asked)} was not established, and so has no peer.`);
  return same(peer, asked)
    ? passed(`getpeername(2) says ${nameOf(peer)}.`)
    : failed(`getpeername(2) says ${nameOf(peer)} of a connection to ${nameOf(asked)}.`);
}

function judgeLed(scene: Scene, to: string, result: ProbeResult): Finding {
  const asked = nameOf(askedOf(result));
  const wanted = { address: to, port: result.port };
  const { accepted } = result;
  if (accepted === null) {
    return result.outcome === 'refused'
      ? inconclusive(`Nobody listens at ${nameOf(wanted)}, where the connection to ${asked} is to be led.`)
      : (unseen(scene, result) ?? failed(`The connection to ${asked} was not led to ${nameOf(wanted)}.`));
  }
  const text = `${takerText(accepted)} took the connection to ${asked} at ${nameOf(accepted.local)}`;
  return same(accepted.local, wanted) ? passed(`${text}.`) : failed(`${text}, and not at ${nameOf(wanted)}.`);
}

function judgeResult(scene: Scene, expect: Expectation, result: ProbeResult): Finding {
  switch (expect.kind) {
    case 'taken':
      return withoutDoubt(scene, judgeTaken(scene, expect.by, result));
    case 'passes':
      return judgePasses(scene, result);
    case 'peer':
      return judgePeer(result);
    case 'led':
      return judgeLed(scene, expect.to, result);
  }
}

const ORDER: readonly Check['outcome'][] = ['failed', 'inconclusive', 'passed'];

/** What the results of its probes say of a check: the worst that any of them says. */
export function judge(scene: Scene, check: PlannedCheck, results: readonly ProbeResult[]): Check {
  const { id, title, doubt } = check;
  if (doubt !== null) return { id, title, ...inconclusive(doubt) };
  const findings = check.probes.map((probe) => {
    const result = results.find((one) => one.id === probe.id);
    return result
      ? (unbegun(probe, result) ?? judgeResult(scene, check.expect, result))
      : inconclusive('The agent told nothing of this connection.');
  });
  const worst =
    ORDER.find((outcome) => findings.some((finding) => finding.outcome === outcome)) ?? 'inconclusive';
  const message = findings
    .filter(({ outcome }) => outcome === worst)
    .map((finding) => finding.message)
    .join(' ');
  return { id, title, outcome: worst, message };
}
