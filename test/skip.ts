import Mocha, { type Runnable, type Suite } from 'mocha';

const reasons = new WeakMap<Runnable | Suite, string>();

/**
 * Skips the running test, or in a hook the tests of its suite, and says why in the report.
 * @param context the test's `this`
 */
export function skip(context: Mocha.Context, reason: string): never {
  const runnable = context.runnable();
  reasons.set(runnable instanceof Mocha.Hook && runnable.parent ? runnable.parent : runnable, reason);
  context.skip();
}

/** Why a test was skipped; `null` if nobody said. */
export function reasonOf(test: Runnable): string | null {
  for (let each: Runnable | Suite | undefined = test; each; each = each.parent) {
    const reason = reasons.get(each);
    if (reason !== undefined) return reason;
  }
  return null;
}
