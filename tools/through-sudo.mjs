import { spawnSync } from 'node:child_process';

/**
 * Runs this process's own command line once more as root, with the same environment and options of node.
 *
 * @param {string} why what it needs root for, for people
 * @returns {number} what it ended with
 */
export function runThroughSudo(why) {
  console.log(`${why}: it runs through sudo.`);
  const environment = ['env', `PATH=${process.env['PATH'] ?? ''}`];
  const argv = ['-E', ...environment, process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  return spawnSync('sudo', argv, { stdio: 'inherit' }).status ?? 1;
}
