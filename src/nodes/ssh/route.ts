/** Over which machines a node is reached. Pure. */
import { NodeError } from '../errors';
import { placeText, type ConfigProblem, type SshConfig } from './config/file';
import { resolveHost, type HostRequest } from './config/resolve';
import type { Jump, SshHost } from './host';

export interface Route {
  /** In the order in which they are connected to; the node is the last. */
  readonly hosts: readonly [SshHost, ...SshHost[]];
  readonly problems: readonly ConfigProblem[];
}

function jumpText({ user, host, port }: Jump): string {
  return `${user === undefined ? '' : `${user}@`}${host}${port === undefined ? '' : `:${port}`}`;
}

/**
 * Finds the way to a host. As with ssh(1), the last jump of `ProxyJump` connects to the host and is reached through those
 * before it; the first one is reached as its own configuration says.
 * @throws NodeError `bad-settings` for a `ProxyJump` that cannot be read, or that goes round in a circle
 */
export function findRoute(config: SshConfig, request: HostRequest): Route {
  const problems = new Map<string, ConfigProblem>();
  const reach = (
    wanted: HostRequest,
    given: readonly Jump[] | undefined,
    trail: readonly string[],
  ): SshHost[] => {
    const { host, problems: found, unusable } = resolveHost(config, wanted);
    for (const problem of found) problems.set(`${placeText(problem)} ${problem.problem}`, problem);
    const via = given ?? host.jumps;
    if (!given && unusable) {
      throw new NodeError(
        'bad-settings',
        `${placeText(unusable)}: ${unusable.problem}.`,
        'Correct that line.',
      );
    }
    const last = via.at(-1);
    if (!last) return [host];
    const name = jumpText(last);
    if (trail.includes(name)) {
      const circle = [...trail.slice(trail.indexOf(name)), name].join(' through ');
      const where = host.jumpsFrom ? ` (${placeText(host.jumpsFrom)})` : '';
      throw new NodeError(
        'bad-settings',
        `ProxyJump goes round in a circle: ${circle}${where}.`,
        'Let one of them be reached without a jump: write "ProxyJump none" into its block, above the one that applies to all.',
      );
    }
    const others = via.slice(0, -1);
    const before = reach(last, others.length > 0 ? others : undefined, [...trail, name]);
    return [...before, { ...host, proxyCommand: undefined }];
  };
  const [first, ...rest] = reach(request, undefined, [jumpText(request)]);
  if (!first) throw new Error('a route leads somewhere');
  return { hosts: [first, ...rest], problems: [...problems.values()] };
}
