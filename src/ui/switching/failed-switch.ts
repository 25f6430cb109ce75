import { explain } from '../errors';

/** A switch failed or was refused, with the name of what was to be switched: several may be under way. */
export class FailedSwitch extends Error {
  override readonly name = 'FailedSwitch';
  readonly remedy: string | null;

  /** @param where as `placeText` gives it */
  constructor(where: string, cause: unknown) {
    const { message, remedy } = explain(cause);
    super(`${where}: ${message}`, { cause });
    this.remedy = remedy;
    // Where it went wrong is what the log is to show.
    if (cause instanceof Error && cause.stack !== undefined) this.stack = cause.stack;
  }
}
