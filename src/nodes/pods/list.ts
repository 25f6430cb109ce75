import type { Sandbox } from '../../core/pods';
import type { RootWay } from '../root';
import type { NodeShell } from '../shell';
import { describeCommand, listCommand, parseList, parseSandboxes, SANDBOXES_AT_ONCE } from './containerd';

const TIMEOUT = 30_000;

/**
 * The pods of a node, as its container runtime knows them. Null where it has none that we know: there are no pods then.
 * @param as as whom; the runtime's socket is root's
 * @throws NodeError as `NodeShell.run`
 */
export async function listPods(
  shell: NodeShell,
  as: RootWay,
  signal: AbortSignal,
): Promise<readonly Sandbox[] | null> {
  const options = { as, signal, milliseconds: TIMEOUT, level: 'debug' } as const;
  const listed = await shell.run(listCommand, options);
  const running = parseList(listed.stdout);
  if (running === null) {
    const words = listed.stderr.trim();
    if (words !== '') shell.message('warn', `The container runtime does not tell of its pods: ${words}`);
    return words === '' ? null : [];
  }
  const alive = running.sandboxes.filter((id) => running.pids.has(id));
  const found: Sandbox[] = [];
  for (let first = 0; first < alive.length; first += SANDBOXES_AT_ONCE) {
    const some = alive.slice(first, first + SANDBOXES_AT_ONCE);
    const { stdout } = await shell.run(describeCommand(some), options);
    const { sandboxes, unknown } = parseSandboxes(stdout, running);
    found.push(...sandboxes);
    if (unknown > 0) shell.message('warn', `${unknown} pods are described in a way that is not known.`);
  }
  return found;
}
