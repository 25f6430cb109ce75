import type { Plan, Verdict } from '../core/redirect';
import type { AppliedSwitch } from './apply';
import { VerifyError } from './errors';
import type { SwitchRequest } from './switch';
import { lookAt, tryOut } from './verify';

/** What a confirmation needs of the request to switch. */
type ConfirmRequest = Pick<
  SwitchRequest,
  'connection' | 'reconnect' | 'workloadId' | 'policy' | 'to' | 'signal'
>;

function mustBeAsPlanned({ kind, missing, evidence }: Verdict, { expect }: Plan): void {
  if (expect.includes(kind)) return;
  const lines = [...missing, ...evidence];
  throw new VerifyError(
    `The verdict is "${kind}", and should be "${expect.join('" or "')}". ${lines.join(' ')}`.trim(),
  );
}

/**
 * The workload is as planned, and real connections prove that each clause of the policy holds. What is come back to is by a
 * policy that is not known.
 */
async function prove({ to, ...request }: Omit<ConfirmRequest, 'reconnect'>, plan: Plan): Promise<void> {
  const seen = await lookAt({ ...request, mode: typeof to === 'string' ? to : undefined });
  mustBeAsPlanned(seen.scene.verdict, plan);
  if (typeof to !== 'string') return;
  const failed = (await tryOut(request, seen)).filter(({ outcome }) => outcome === 'failed');
  if (failed.length === 0) return;
  throw new VerifyError(failed.map(({ title, message }) => `${title}: ${message}`).join(' '));
}

/**
 * Confirms an armed switch over a new connection. To prove it takes fewer round trips than such a connection, and is done
 * meanwhile over the one that there is. Where the node cannot be reached anew, or the workload is not as it should be, the switch is taken
 * back: rejects with SwitchError.
 */
export async function confirmSwitch(
  { reconnect, ...request }: ConfirmRequest,
  plan: Plan,
  applied: AppliedSwitch,
): Promise<void> {
  const { workloadId: workload } = request;
  const over = new AbortController();
  const signal = AbortSignal.any([over.signal, ...(request.signal ? [request.signal] : [])]);
  /** Through whom the switch is taken back: by the new connection, once it is there. */
  let { agent } = request.connection;
  const proved = applied.during('Prove it with real connections', () => prove({ ...request, signal }, plan));
  const reached = applied.during('Reach the node over another connection', async () => {
    const second = await reconnect(signal);
    ({ agent } = second);
    return second;
  });
  try {
    const [second] = await Promise.all([reached, proved]);
    signal.throwIfAborted();
    await applied.during('Confirm', () =>
      second.agent.request('switch/confirm', { workload, switch: applied.id }),
    );
  } catch (cause) {
    over.abort(cause);
    throw await applied.failed(cause, agent);
  } finally {
    // It may come only now, where the proof has failed.
    void reached.then(
      (second) => {
        second.dispose();
      },
      () => undefined,
    );
  }
}
