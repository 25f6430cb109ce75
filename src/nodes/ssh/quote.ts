/** What a POSIX shell takes literally without quotes, wherever it stands. */
const PLAIN = /^[A-Za-z0-9_@%+:,./-]+$/;
/** What it takes literally as an argument. */
const PLAIN_ARGUMENT = /^[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+:,./=-]*$/;

/** One word of a POSIX shell. */
function quote(argument: string, plain: RegExp): string {
  if (plain.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/**
 * An argument vector as a command line for a POSIX shell: the only place where arguments become text.
 * A file name with `=` is quoted, so that it cannot be read as an assignment where one would be.
 */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map((word, index) => quote(word, index === 0 ? PLAIN : PLAIN_ARGUMENT)).join(' ');
}
