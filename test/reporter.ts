import Mocha, { type Runner, type Suite, type Test } from 'mocha';
import { sum, type Result } from '../tools/test/result.mjs';
import { reasonOf } from './skip';

const { constants } = Mocha.Runner;

/** One line a test as it ends, each skip with its reason, and all that went wrong once more at the end. */
export class Reporter extends Mocha.reporters.Base {
  readonly result: Result = sum([]);
  #depth = 0;

  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options);
    runner.on(constants.EVENT_SUITE_BEGIN, (suite: Suite) => {
      if (suite.title !== '') this.#line(suite.title);
      this.#depth += suite.root ? 0 : 1;
    });
    runner.on(constants.EVENT_SUITE_END, (suite: Suite) => {
      this.#depth -= suite.root ? 0 : 1;
    });
    runner.on(constants.EVENT_TEST_PASS, (test: Test) => {
      this.result.passed += 1;
      this.#line(`ok    ${test.title} (${test.duration ?? 0} ms)`);
    });
    runner.on(constants.EVENT_TEST_FAIL, (test: Test, error: Error) => {
      this.result.failed += 1;
      this.result.failures.push({ title: test.titlePath().join(' › '), message: error.message });
      this.#line(`FAIL  ${test.title}: ${error.message.split('\n')[0] ?? ''}`);
    });
    runner.on(constants.EVENT_TEST_PENDING, (test: Test) => {
      this.result.skipped += 1;
      this.#line(`skip  ${test.title}: ${reasonOf(test) ?? 'nobody said why'}`);
    });
    runner.on(constants.EVENT_RUN_END, () => {
      if (this.failures.length) Mocha.reporters.Base.list(this.failures);
    });
  }

  #line(text: string): void {
    process.stdout.write(`${'  '.repeat(this.#depth + 1)}${text}\n`);
  }
}
