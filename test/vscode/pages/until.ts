/** Long enough for a busy machine: a test that needs all of it fails, so nothing waits this long in vain. */
export const DEADLINE = 60_000;
/** How long one attempt may take before it is made again: a menu that was taken away does not come back by itself. */
export const ATTEMPT = 10_000;
const PAUSE = 100;

/**
 * Waits for a condition instead of a time: asks `probe` until it gives something other than false, null or undefined. What
 * is done in `probe` is done again as long as it throws: its last step is the one that must not be done twice.
 * @param what in words, for the failure: "the tree shows eBPF"
 * @param seen what was seen instead, for the failure
 * @throws Error with `what` and the last answer (or the last error) when the deadline has passed
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  seen: () => string = () => '',
): Promise<Exclude<T, false | null | undefined>> {
  return wait(DEADLINE, what, probe, seen);
}

/** The same for one attempt, for use within `until`: gives up in time for another. */
export async function soon<T>(
  what: string,
  probe: () => T | Promise<T>,
): Promise<Exclude<T, false | null | undefined>> {
  return wait(ATTEMPT, what, probe, () => '');
}

async function wait<T>(
  deadline: number,
  what: string,
  probe: () => T | Promise<T>,
  seen: () => string,
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + deadline;
  for (;;) {
    let last: unknown;
    try {
      const answer = await probe();
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>;
      }
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) throw new Error(`Waited in vain until ${what}. ${seen()}`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
}
