/** The same as `make`, but what came of the latest arguments is kept: the same ones give the same thing once more. */
export function latest<Arguments extends readonly unknown[], Result>(
  make: (...of: Arguments) => Result,
): (...of: Arguments) => Result {
  let kept: { of: Arguments; result: Result } | null = null;
  return (...of) => {
    if (!kept?.of.every((value, at) => Object.is(value, of[at]))) kept = { of, result: make(...of) };
    return kept.result;
  };
}
