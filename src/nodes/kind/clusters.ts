/** The clusters of kind on this machine, by kind's own command line. */
import { NodeError } from '../errors';
import type { Command } from '../runner';
import { findProvider, fingerprintCommand, type Provider } from './provider';
import { ToolMissing, type ToolResult, type Tools } from './tools';

/** One cluster with the containers that are its nodes. */
export interface KindCluster {
  readonly name: string;
  readonly nodes: readonly string[];
}

/** What of kind is on this machine. */
export type KindSituation =
  | { kind: 'missing'; what: 'engine' | 'kind' }
  | { kind: 'found'; provider: Provider; clusters: readonly KindCluster[] };

export const clustersCommand: Command = { file: 'kind', args: ['get', 'clusters', '--quiet'] };
export const nodesCommand = (cluster: string): Command => ({
  file: 'kind',
  args: ['get', 'nodes', '--quiet', '--name', cluster],
});

/** One name a line. `No kind clusters found.` and the like go to stderr. */
export const parseNames = (stdout: string): string[] =>
  stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^[a-z0-9][\w.-]*$/i.test(line));

function answered(what: string, { exitCode, stdout, stderr }: ToolResult): string {
  if (exitCode === 0) return stdout;
  const words = stderr.trim().split('\n').at(-1) ?? '';
  throw new NodeError(
    'unreachable',
    `${what} failed: ${words || 'it ended without a word'}`,
    'Check that the container engine runs, and that you may use it.',
  );
}

/** The balancer of a cluster with several control planes is a container of kind's, and no node. */
const isNode = (name: string): boolean => !name.endsWith('-external-load-balancer');

/**
 * Asks kind for its clusters and their nodes. A cluster that is deleted meanwhile has no nodes.
 * @throws NodeError `unreachable` where the engine does not answer
 */
export async function findClusters(tools: Tools, signal: AbortSignal): Promise<KindSituation> {
  const provider = await findProvider(tools, signal);
  if (provider === null) return { kind: 'missing', what: 'engine' };
  try {
    const names = parseNames(answered('kind get clusters', await tools.run(clustersCommand, signal)));
    const clusters = await Promise.all(
      names.map(async (name): Promise<KindCluster> => {
        const listed = answered('kind get nodes', await tools.run(nodesCommand(name), signal));
        return { name, nodes: parseNames(listed).filter(isNode).sort() };
      }),
    );
    const sorted = clusters.filter(({ nodes }) => nodes.length > 0);
    sorted.sort((a, b) => a.name.localeCompare(b.name));
    return { kind: 'found', provider, clusters: sorted };
  } catch (error) {
    if (error instanceof ToolMissing) return { kind: 'missing', what: 'kind' };
    throw error;
  }
}

/** Words that change whenever the answer of `findClusters` may: one short command instead of several. */
export async function fingerprint(tools: Tools, provider: Provider, signal: AbortSignal): Promise<string> {
  const result = await tools.run(fingerprintCommand(provider), signal);
  return answered(`${provider} ps`, result).split('\n').sort().join('\n');
}
