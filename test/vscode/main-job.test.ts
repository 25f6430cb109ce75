import { packageExtension } from '../../tools/package.mjs';
import { MAIN_JOB, type Scene } from './main-job';
import { Screenshots } from './pages/screenshots';
import { Stage } from './stage';
import { tellFailures } from './tell-failures';

describe('the main job, in a real VS Code', () => {
  let stage: Stage | null = null;
  let scene: Scene | null = null;
  /** The step that failed: those after it have nothing to stand on. */
  let failed: string | null = null;

  before(async function () {
    this.timeout(300_000);
    stage = await Stage.open({ vsix: await packageExtension(), prefix: 'mesh', mode: 'iptables' });
    const workbench = await stage.openWorkbench();
    const update = process.env['UPDATE_SCREENSHOTS'] === '1';
    scene = { stage, workbench, screenshots: new Screenshots(workbench.page, { update }) };
  });

  after(() => stage?.close());

  tellFailures(() => scene);

  for (const step of MAIN_JOB) {
    it(step.title, async () => {
      if (scene === null || failed !== null) throw new Error(`not reached: the step "${failed}" failed`);
      try {
        await step.run(scene);
      } catch (error) {
        failed = step.title;
        throw error;
      }
    });
  }
});
