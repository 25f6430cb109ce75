// What tests came to: for who runs them, and for who adds it up.

/**
 * @typedef {object} Failure a test that failed
 * @property {string} title with the titles of the suites that it is in
 * @property {string} message
 */

/** @typedef {{ passed: number, failed: number, skipped: number, failures: Failure[] }} Result */

/** What several came to together. @param {Result[]} results @returns {Result} */
export const sum = (results) => ({
  passed: results.reduce((total, { passed }) => total + passed, 0),
  failed: results.reduce((total, { failed }) => total + failed, 0),
  skipped: results.reduce((total, { skipped }) => total + skipped, 0),
  failures: results.flatMap(({ failures }) => failures),
});
