import type { MapContents } from '../ebpf';
import type { Backend, Family } from '../model';
import type { Mode, VerdictKind } from './verdict';

/** What an earlier step of the same plan loaded. The executor puts the identifiers in. */
export interface LoadRef {
  ref: 'load';
}
export interface MapRef {
  ref: 'map';
  name: string;
}

/** A request to the agent as data: its verb and what it takes (docs/agent-protocol.md). */
export type Call =
  | {
      verb: 'iptables/restore';
      params: { workload: string; family: Family; backend: Backend; text: string; waitSeconds: number };
    }
  | {
      verb: 'bpf/load';
      params: { workload: string; object: string; sha256: string; maps: MapContents[] };
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
    };

/** A request and those that take it back, in the order in which they are to be made. */
export interface CallStep {
  kind: 'call';
  title: string;
  call: Call;
  undo: Call[];
}

/** Looks again, and fails unless the verdict is one of these. */
export interface VerifyStep {
  kind: 'verify';
  title: string;
  expect: VerdictKind[];
}

export type Step = CallStep | VerifyStep;

/**
 * What is left to do once the connections of the mode that was left have ended. There is no way back from it, and none
 * is needed: new connections go by the new mode already.
 */
export interface Closing {
  title: string;
  /** Connections through rules are the sidecar's at these ports, from another address than loopback. */
  ports: number[];
  /** Connections through hooks are the entries of this map (an id), of sockets that are still open. */
  origins: number | null;
  steps: CallStep[];
}

/** Why a plan is not carried out. */
export interface Refusal {
  code: 'host' | 'sidecar-not-listening' | 'sidecar-other-user' | 'foreign' | 'node' | 'object' | 'policy';
  message: string;
  remedy: string;
}

/** How a workload gets from what redirects it now to a mode. */
export interface Plan {
  from: VerdictKind;
  to: Mode;
  /** Empty: it is so already. */
  steps: Step[];
  closing: Closing | null;
  /** With any of these, nothing is to be done at all. */
  refusals: Refusal[];
  /** What a person should know before: what one mode cannot say exactly, what is left out. */
  notices: string[];
}
