/** Which of the programs that kind needs are on this machine, by looking for their files: nothing is run or loaded for it. */
import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';

/** Where installers put them. A VS Code that was started from a desktop often has not got the PATH of a shell. */
const USUAL = ['/usr/local/bin', '/opt/homebrew/bin', path.join(homedir(), 'go', 'bin')];
const ENGINES = ['docker', 'nerdctl', 'finch', 'podman', 'nerdctl.lima'];

/** The environment that these programs run with: this one's, with a PATH that also has the usual places. */
export function toolEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const places = (environment['PATH'] ?? '').split(path.delimiter).filter((place) => place !== '');
  const PATH = [...new Set([...places, ...USUAL])].join(path.delimiter);
  return { ...environment, PATH };
}

async function isInstalled(name: string, { PATH = '' }: NodeJS.ProcessEnv): Promise<boolean> {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  const found = await Promise.all(
    PATH.split(path.delimiter).map((place) =>
      access(path.join(place, file), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}

/** What has to be installed before there can be clusters; null where nothing has. */
export async function missingTool(environment = toolEnvironment()): Promise<'engine' | 'kind' | null> {
  const engines = await Promise.all(ENGINES.map((engine) => isInstalled(engine, environment)));
  if (!engines.includes(true)) return 'engine';
  return (await isInstalled('kind', environment)) ? null : 'kind';
}
