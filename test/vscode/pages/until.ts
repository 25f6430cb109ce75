/** Long enough for a busy machine: a test that needs all of it fails, so nothing waits this long in vain. */
const DEADLINE = 30_000;
const PAUSE = 100;

/**
 * Waits for a condition instead of a time: asks `probe` until it gives something other than false, null or undefined.
 * @param what in words, for the failure: "the tree shows eBPF"
 * @param seen what was seen instead, for the failure
 * @throws Error with `what` and the last answer (or the last error) when the deadline has passed
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  seen: () => string = () => '',
): Promise<Exclude<T, false | null | undefined>> {
  const end = Date.now() + DEADLINE;
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
