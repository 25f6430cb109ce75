import type { MapContents } from '../ebpf';
import type { Backend, Family } from '../model';
import type { ConnectionFate } from './fates';
import type { SavedState } from './target';
import type { Mode, VerdictKind } from './verdict';

/** What an earlier step of the same plan loaded. The keeper puts the identifiers in. */
export interface LoadRef {
  ref: 'load';
}
export interface MapRef {
  ref: 'map';
  name: string;
}

/** What the table `nat` of one family and back-end is to hold. */
export interface RuleExpectation {
  family: Family;
  backend: Backend;
  /** Lines as iptables-save prints them. */
  has: string[];
  /** What no line begins with. */
  lacks: string[];
}

/** A request to the agent as data: its verb and what it takes (docs/agent-protocol.md). */
export type Call =
  | {
      verb: 'iptables/restore';
      params: { workload: string; family: Family; backend: Backend; text: string; waitSeconds: number };
    }
  | {
      verb: 'bpf/load';
      params: {
        workload: string;
        object: string;
        sha256: string;
        maps: MapContents[];
        reuse: { map: string; id: number }[];
      };
    }
  | { verb: 'bpf/attach'; params: { workload: string; load: LoadRef; programs: string[] } }
  | { verb: 'bpf/detach'; params: { workload: string; hooks: string[] } }
  | {
      verb: 'listeners/adopt';
      params: {
        workload: string;
        map: MapRef | number;
        port: number;
        slots: { first: number; count: number };
      };
    }
  | {
      verb: 'maps/update';
      params: { map: number; set: { key: string; value: string }[]; delete: string[] };
    }
  | { verb: 'conntrack/forget'; params: { workload: string } }
  | { verb: 'acceleration/stop'; params: { workload: string } }
  | {
      verb: 'workload/verify';
      params: {
        workload: string;
        rules: RuleExpectation[];
        hooks: { attached: string[]; detached: string[] };
      };
    };

/** A request and those that take it back, in the order in which they are to be made. */
export interface Step {
  title: string;
  call: Call;
  undo: Call[];
}

/**
 * What is left to do once the connections of the mode that was left have ended. There is no way back from it, and none
 * is needed: new connections go by the new mode already.
 */
export interface Closing {
  /** Connections through rules are the sidecar's at these ports, from another address than loopback. */
  ports: number[];
  /** True: connections through hooks count, the entries of the map `origins`, of sockets that are still open. */
  origins: boolean;
  steps: { title: string; call: Call }[];
}

/** Why a plan is not carried out. */
export interface Refusal {
  code:
    | 'host'
    | 'sidecar-not-listening'
    | 'sidecar-other-user'
    | 'foreign'
    | 'mode'
    | 'node'
    | 'object'
    | 'policy';
  message: string;
  remedy: string;
}

/** How a workload gets from what redirects it now to something else. */
export interface Plan {
  from: VerdictKind;
  to: Mode;
  /** Any of these verdicts is right when it has been carried out. */
  expect: VerdictKind[];
  /** Empty: it is so already. */
  steps: Step[];
  closing: Closing | null;
  /** After everything was taken back: for connections that were made in between. */
  undoClosing: Closing | null;
  /** With any of these, nothing is to be done at all. */
  refusals: Refusal[];
  /** What a person should know before: what one mode cannot say exactly, what is left out. */
  notices: string[];
  /** What becomes of each connection that is open now. */
  connections: ConnectionFate[];
  /** What redirects now, to come back to. */
  before: SavedState;
  /** What redirects before and after, as two texts to be compared. */
  preview: { before: string; after: string };
}
