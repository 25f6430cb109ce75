import type { Probe } from '../model';

/** Which of the sidecar's ports takes a connection. */
export type Side = 'inbound' | 'outbound';

/** What is to become of the connections of a check. */
export type Expectation =
  /** The sidecar takes it at that port, and learns the destination that was asked for. */
  | { kind: 'taken'; by: Side }
  /** The sidecar does not take it at either of its two ports. */
  | { kind: 'passes' }
  /** Who connected sees the address that it asked for as its peer. */
  | { kind: 'peer' }
  /** It ends at one of these addresses of the workload, at the port that was asked for. */
  | { kind: 'led'; to: string };

/** One clause of a policy in one workload, and the connections that prove it. */
export interface PlannedCheck {
  /** Stable for as long as the policy has the clause: `ipv4/outbound/excluded-port/5432`. */
  id: string;
  title: string;
  /** All of them have to become what is expected. */
  probes: Probe[];
  expect: Expectation;
  /** Why it cannot be proved here; then there are no probes. */
  doubt: string | null;
}

/** What a check has come to. */
export interface Check {
  id: string;
  title: string;
  /** `inconclusive`: neither proved nor disproved; the message says why. */
  outcome: 'passed' | 'failed' | 'inconclusive';
  /** Who took the connection and what it learnt, for a person who has to act on it. */
  message: string;
}
