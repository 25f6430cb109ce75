/** The hosts of `~/.ssh/config`, for a person to pick from. Loaded when they are asked for, and not before. */
import { namedHosts } from './config/evaluate';
import { loadSshConfig } from './config/file';
import { localUser, resolveHost } from './config/resolve';
import { accountText } from './host';

export interface OfferedHost {
  readonly alias: string;
  /** What it stands for: `alice@10.0.0.1:2222`, and through whom. */
  readonly description: string;
  /** Who signs in where the configuration names nobody: as with ssh(1) whoever sits here. Undefined where it names one. */
  readonly user: string | undefined;
}

/** @param file instead of the person's own and the machine's */
export async function offeredHosts(file?: string): Promise<OfferedHost[]> {
  const config = await loadSshConfig(file);
  return namedHosts(config).map((alias) => {
    const { host } = resolveHost(config, { host: alias });
    // Whoever the fallback is, they show where nobody is named.
    const named = resolveHost(config, { host: alias, fallbackUser: '' }).host.user !== '';
    const through = host.jumps.map((jump) => jump.host).join(', ');
    return {
      alias,
      description: through === '' ? accountText(host) : `${accountText(host)} through ${through}`,
      user: named ? undefined : localUser(),
    };
  });
}
