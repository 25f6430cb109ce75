import type { Screenshots } from './pages/screenshots';
import type { Workbench } from './pages/workbench';

/**
 * After a failed test: a picture of the window, and what its notifications say. Where only the output of a run is to
 * be had, the second is all there is.
 */
export function tellFailures(seen: () => { workbench: Workbench; screenshots: Screenshots }): void {
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const { workbench, screenshots } = seen();
    process.stdout.write(`    the window says: ${JSON.stringify(await workbench.notifications())}\n`);
    await screenshots.take(`failed-${this.currentTest.title.replaceAll(/\W+/g, '-')}`);
  });
}
