import type { Backend, Family } from '../model';

/** A request to the agent that takes something away (docs/agent-protocol.md). */
export type Removal =
  | {
      verb: 'iptables/restore';
      params: { workload: string; family: Family; backend: Backend; text: string; waitSeconds: number };
    }
  | { verb: 'bpf/detach'; params: { workload: string; hooks: string[] } }
  | { verb: 'acceleration/stop'; params: { workload: string } }
  | { verb: 'residue/remove'; params: { links: number[]; files: string[] } }
  | { verb: 'switch/recover'; params: Record<string, never> };

/** Something that lies on a node and serves nobody, or may. */
export interface Finding {
  /** Of what it is and where: the same when it is found again. */
  id: string;
  kind: 'journal' | 'jumps' | 'hold' | 'rules' | 'foreign-rules' | 'hooks' | 'pins' | 'link' | 'file';
  /** Who left it: `Mesh Redirect`, `FSM`, or another mesh. */
  whose: string;
  title: string;
  /** Exactly what would be removed: rules, pins, paths, a line each. */
  details: string[];
  /** True for what surely serves nobody: chosen unless a person says otherwise. */
  ticked: boolean;
  removal: Removal[];
}

/** Seconds to wait for another process's xtables lock. */
export const WAIT_SECONDS = 10;
