/** What a POSIX shell takes literally without quotes. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;

/** One argument as one word of a POSIX shell. */
export function quoteArgument(argument: string): string {
  if (PLAIN.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/**
 * An argument vector as a command line for a POSIX shell: the only place where arguments become text.
 * A file name with `=` is quoted, so that it cannot be read as an assignment.
 */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(' ');
}
