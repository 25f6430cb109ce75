import { counted } from '../../core/counted';
import { explain, isCancellation, type Explanation } from '../errors';
import { cancellable } from '../progress';
import type { NodeEntry } from './node-entry';

/** So many failures are told in full; the rows of the tree tell of each. */
const TOLD = 3;

/** Some nodes could not be connected to. */
export class ConnectManyError extends Error {
  override readonly name = 'ConnectManyError';
  readonly remedy = 'The row of each says what is wrong; the log has all of it.';

  /** @param failures by the nodes' names, one at least @param all how many were to be connected to */
  constructor(failures: ReadonlyMap<string, Explanation>, all: number) {
    const told = [...failures].slice(0, TOLD).map(([label, { message }]) => `${label}: ${message}`);
    const more = failures.size - told.length;
    const rest = more > 0 ? ` And ${more} more.` : '';
    super(`${failures.size} of ${counted(all, 'node')} could not be connected to. ${told.join(' ')}${rest}`);
  }
}

/**
 * Connects to nodes with one progress notification, each by itself: one that cannot be reached does not keep the others from being
 * connected to. Rejects with ConnectManyError when all have been tried; what was cancelled is no failure.
 * @param log told of each failure as it comes
 */
export async function connectMany(
  nodes: readonly NodeEntry[],
  log: (failure: Explanation, error: unknown) => void,
): Promise<void> {
  const failures = new Map<string, Explanation>();
  const title = `Connecting to ${counted(nodes.length, 'node')}`;
  await cancellable(title, async (signal, report) => {
    let tried = 0;
    const connect = async (entry: NodeEntry): Promise<void> => {
      try {
        await entry.connect(signal);
      } catch (error) {
        if (isCancellation(error)) return;
        const failure = explain(error);
        failures.set(entry.node.label, failure);
        log(failure, error);
      } finally {
        tried += 1;
        report(`${tried} of ${nodes.length}`);
      }
    };
    await Promise.all(nodes.map(connect));
  });
  if (failures.size > 0) throw new ConnectManyError(failures, nodes.length);
}
