import * as vscode from 'vscode';
import type { Check } from '../../core/verify';
import { Disposable } from '../dispose';
import { explain, isCancellation } from '../errors';
import type { NodeRegistry } from '../nodes/node-registry';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { placeOf, placeText } from '../place';
import { signalOf } from '../signal';
import { TestItems, type Wanted } from './test-items';
import type { Verify } from './verifier';
import { checkSummary } from './words';

/** So many workloads are tested at once: each makes its own connections all at once already. */
const WORKLOADS_AT_ONCE = 4;

/** The policies of redirected workloads as tests in VS Code's Test Explorer. */
export class VerifyTests extends Disposable {
  readonly #controller = this._register(
    vscode.tests.createTestController('meshRedirect.verify', 'Mesh Redirect'),
  );
  readonly #items: TestItems;
  readonly #verify: Verify;

  constructor(registry: NodeRegistry, verify: Verify) {
    super();
    this.#verify = verify;
    this.#items = this._register(new TestItems(this.#controller, registry));
    this._register(
      this.#controller.createRunProfile(
        'Verify',
        vscode.TestRunProfileKind.Run,
        (request, token) => this.#run(request, token),
        true,
      ),
    );
  }

  /** Verifies one workload as a run of its tests. Rejects where it cannot be verified. */
  async run(workload: WorkloadEntry, signal: AbortSignal): Promise<readonly Check[]> {
    const item = this.#items.of(workload);
    // Where nothing is redirected there is no test, and what is said of it is still to be true.
    if (!item) return await this.#verify(workload, { signal });
    const request = new vscode.TestRunRequest([item]);
    return await this.#during(request, signal, async (run, signal) => {
      const [wanted] = this.#items.wanted(request);
      return wanted ? await this.#test(run, wanted, signal) : [];
    });
  }

  async #run(request: vscode.TestRunRequest, token: vscode.CancellationToken): Promise<void> {
    const { signal, subscription } = signalOf(token);
    try {
      await this.#during(request, signal, (run, signal) =>
        this.#testAll(run, this.#items.wanted(request), signal),
      );
    } finally {
      subscription.dispose();
    }
  }

  /** Begins and ends a run, which can be cancelled from the Test Explorer too. */
  async #during<T>(
    request: vscode.TestRunRequest,
    signal: AbortSignal,
    work: (run: vscode.TestRun, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const run = this.#controller.createTestRun(request);
    const cancelled = signalOf(run.token);
    try {
      return await work(run, AbortSignal.any([signal, cancelled.signal]));
    } finally {
      cancelled.subscription.dispose();
      run.end();
    }
  }

  async #testAll(run: vscode.TestRun, waiting: Wanted[], signal: AbortSignal): Promise<void> {
    for (const { items } of waiting) for (const item of items.values()) run.enqueued(item);
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
        // Its tests tell of the failure, and those of the others go on.
        await this.#test(run, next, signal).catch(() => null);
      }
    };
    await Promise.all(Array.from({ length: WORKLOADS_AT_ONCE }, worker));
  }

  /** Tests the wanted clauses of one workload. Rejects where it could not be verified at all. */
  async #test(
    run: vscode.TestRun,
    { workload, items }: Wanted,
    signal: AbortSignal,
  ): Promise<readonly Check[]> {
    for (const item of items.values()) run.started(item);
    try {
      const checks = await this.#verify(workload, { signal, only: [...items.keys()] });
      say(run, checkSummary(placeText(placeOf(workload)), checks));
      for (const [id, item] of items) {
        const check = checks.find((one) => one.id === id);
        tell(
          run,
          item,
          check ?? { outcome: 'inconclusive', message: 'The policy no longer has this clause.' },
        );
      }
      return checks;
    } catch (error) {
      for (const item of items.values()) {
        if (isCancellation(error)) run.skipped(item);
        else run.errored(item, new vscode.TestMessage(textOf(error)));
      }
      throw error;
    }
  }
}

function tell(
  run: vscode.TestRun,
  item: vscode.TestItem,
  { outcome, message }: Pick<Check, 'outcome' | 'message'>,
): void {
  switch (outcome) {
    case 'passed':
      run.passed(item);
      break;
    case 'failed':
      run.failed(item, new vscode.TestMessage(message));
      break;
    case 'inconclusive':
      run.skipped(item);
  }
  say(run, `${item.label}: ${message}`, item);
}

/** Output of a test run is a terminal's: its lines end with both. */
function say(run: vscode.TestRun, text: string, item?: vscode.TestItem): void {
  run.appendOutput(`${text}\r\n`, undefined, item);
}

function textOf(error: unknown): string {
  const { message, remedy } = explain(error);
  return remedy === null ? message : `${message} ${remedy}`;
}
