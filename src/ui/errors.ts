import { AgentError, NodeError } from '../nodes/errors';
import { explainHeld } from './held';

/** An error for a person: what is wrong, and what to do about it. */
export interface Explanation {
  message: string;
  remedy: string | null;
}

const SEE_LOG = 'See the log for every command that was run.';

/** What to do about each kind of refusal in docs/agent-protocol.md. */
const AGENT_REMEDIES: Readonly<Record<string, string>> = {
  'no-such-workload': 'Its processes have ended. Refresh the node to see what runs there now.',
  'no-such-map': 'It was removed together with its programs. Open the list of maps again.',
  'no-such-load': 'The agent was started anew in between. Try again.',
  'not-permitted': 'Connect as root, or as a user who may run "sudo -n" without a password.',
  'iptables-missing': 'Install the iptables package on the node, or use eBPF mode.',
  'iptables-failed': `Nothing was written if the test of the rules failed. ${SEE_LOG}`,
  'xtables-locked':
    'Another program is changing the rules and holds the lock. Try again when it has finished.',
  'cgroup2-missing':
    'Mount cgroup v2 on the node ("mount -t cgroup2 none /sys/fs/cgroup"), or use iptables mode.',
  'bpffs-missing': 'Mount bpffs on the node ("mount -t bpf bpf /sys/fs/bpf"), or use iptables mode.',
  'object-mismatch': 'The BPF object is damaged. Install the extension again.',
  'bpf-load-failed':
    'The kernel of the node refused the program. Use iptables mode there; the log has its answer.',
  'journal-unusable':
    'Look at /run/mesh-redirect on the node as root: what lies there was not put there by Mesh Redirect. Remove it.',
  'map-mismatch':
    'What is attached comes from another version of the extension. Remove the redirection, then switch again.',
  'not-as-planned':
    'Somebody else may have changed it at the same time. Refresh the node, look at the workload, then try again.',
  'workload-held': 'Wait until the other switch is over, then try again.',
  'no-such-switch': 'That switch is over. Refresh the node to see what redirects now.',
  'switch-state': 'That switch has gone on meanwhile. Refresh the node to see what redirects now.',
  'same-connection': 'Switch again; if it stays, report it with the log.',
  'bpf-attach-failed': `Nothing of this step stays attached. ${SEE_LOG}`,
  'cannot-trace': 'Use Explain: it needs nothing of the kernel. Watching live needs Linux 5.12 or later.',
  system: SEE_LOG,
};

/** True where a person gave up by themselves: nothing to report. */
export function isCancellation(error: unknown): boolean {
  if (error instanceof NodeError) return error.kind === 'cancelled';
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'Canceled');
}

/** Explains any error. The only place where errors become sentences. */
export function explain(error: unknown): Explanation {
  if (error instanceof AgentError) {
    const held = error.data.kind === 'workload-held' ? explainHeld(error) : null;
    return held ?? { message: sentence(error.message), remedy: AGENT_REMEDIES[error.data.kind] ?? SEE_LOG };
  }
  if (!(error instanceof Error)) return { message: String(error), remedy: null };
  return { message: error.message, remedy: remedyOf(error) };
}

/** The errors of nodes/ and redirect/ say themselves what to do. */
function remedyOf(error: Error): string | null {
  return 'remedy' in error && typeof error.remedy === 'string' ? error.remedy : null;
}

/** The agent's words come from several programs, and a remedy follows them. */
const sentence = (text: string): string => (/[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`);
