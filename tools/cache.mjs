import { homedir } from 'node:os';
import { join } from 'node:path';

/** @returns {string} the folder that holds what takes long to get: `$XDG_CACHE_HOME/mesh-redirect` */
export function cacheDirectory() {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'mesh-redirect');
}
