import type { Screenshots } from './pages/screenshots';
import type { Workbench } from './pages/workbench';

/**
 * After a failed test: a picture of the window, and what its notifications say. Where only the output of a run is to
 * be had, the second is all there is. Then what the test has left open is closed: it is not to fail the next one, too.
 */
export function tellFailures(seen: () => { workbench: Workbench; screenshots: Screenshots } | null): void {
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const window = seen();
    if (!window) return;
    const { workbench, screenshots } = window;
    process.stdout.write(`    the window says: ${JSON.stringify(await workbench.notifications())}\n`);
    await screenshots.take(`failed-${this.currentTest.title.replaceAll(/\W+/g, '-')}`);
    await workbench.dismissAll();
  });
}
