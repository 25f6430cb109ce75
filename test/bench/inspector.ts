import type { CDPSession, Frame } from 'playwright-core';
import type { RulesetView, ToInspector } from '../../src/protocol/inspector';
import { packageExtension } from '../../tools/package.mjs';
import type { Workbench } from '../vscode/pages/workbench';
import { Stage } from '../vscode/stage';
import { kubeProxyRules } from './kube-proxy-rules';
import { largeMap } from './large-map';
import type { Row } from './measure';
import { framesWhile, TSX_HELPER } from './panel-frames';

const RULES = 50_000;
const MB = 1024 * 1024;

/** Bytes of JavaScript that the window uses, with all that is in it. */
async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
}

/** Connects to the stage's node, and opens the inspector of the client's pod. */
async function openInspector({ nodeAddress, playground }: Stage, workbench: Workbench): Promise<Frame> {
  const { namespace } = playground.client;
  await workbench.nodes.open();
  await workbench.nodes.pressInline(nodeAddress, 'Connect');
  await workbench.nodes.waitForRow(namespace, 'iptables');
  await workbench.choose('Mesh Redirect: Inspect Rules', [/workload/i, namespace]);
  await workbench.inspector.waitFor(namespace);
  await workbench.inspector.showView('Chains');
  return workbench.inspector.ownFrame();
}

/** Milliseconds from the arrival of a ruleset with the chain `name` until rows of it have been drawn. */
async function firstRows(frame: Frame, name: string): Promise<number> {
  await frame.evaluate(TSX_HELPER);
  return frame.evaluate(async (name) => {
    const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const isWhole = ({ tables }: RulesetView): boolean =>
      tables.some(({ chains }) => chains.some((chain) => chain.name === name));
    const arrived = await new Promise<number>((resolve) => {
      window.addEventListener('message', function hear({ data, timeStamp }: MessageEvent<ToInspector>) {
        if (data.type !== 'rulesets' || !data.rulesets.some(isWhole)) return;
        window.removeEventListener('message', hear);
        resolve(timeStamp);
      });
    });
    while (!document.querySelector(`mr-chains [data-key*="${name}"]`)) await next();
    return (await next()) - arrived;
  }, name);
}

/** A real VS Code on a real node, and 50,000 rules that come into a pod while its inspector is open. */
async function manyRules(): Promise<Row[]> {
  const stage = await Stage.open({
    ...{ vsix: await packageExtension(), prefix: 'bench-rules', mode: 'iptables', nodeListed: true },
  });
  try {
    const workbench = await stage.openWorkbench();
    const session = await workbench.page.context().newCDPSession(workbench.page);
    await session.send('Performance.enable');
    const before = await heap(session);
    const frame = await openInspector(stage, workbench);
    const first = firstRows(frame, 'KUBE-SERVICES');
    await stage.playground.client.run(['iptables-restore', '--noflush', '--counters'], {
      input: kubeProxyRules(RULES, 3),
    });
    const shown = await first;
    await frame.getByRole('button', { name: 'Unfold all chains' }).click();
    await frame.locator('mr-rule-row').first().waitFor();
    // What the machine lets through by itself.
    const resting = await framesWhile(frame, 'resting', 100);
    const plain = await framesWhile(frame, 'plain', 100);
    const scrolling = await framesWhile(frame, 'scrolling', 300);
    const jumping = await framesWhile(frame, 'jumping', 100);
    const filtering = await framesWhile(frame, 'filtering', 54);
    return [
      { what: `first rows of ${RULES}, after they came`, value: shown, unit: 'ms', limit: 1000 },
      { what: `of ${resting.count} frames while resting, over 50 ms`, value: resting.over50, unit: 'count' },
      { what: `longest frame of a plain page with as many lines`, value: plain.longest, unit: 'ms' },
      { what: `of ${plain.count} frames of a plain page, over 50 ms`, value: plain.over50, unit: 'count' },
      ...Object.entries({ scrolling, jumping, filtering }).flatMap(
        ([what, { count, over50, longest }]): Row[] => [
          { what: `longest frame while ${what}`, value: longest, unit: 'ms' },
          { what: `of ${count} frames while ${what}, over 50 ms`, value: over50, unit: 'count', limit: 0 },
        ],
      ),
      { what: 'memory of the panel', value: (await heap(session)) - before, unit: 'bytes', limit: 150 * MB },
    ];
  } finally {
    await stage.close();
  }
}

/** The rule inspector with very much to show: in a real VS Code, and what a large map costs the agent. */
export async function inspector(): Promise<Row[]> {
  return [...(await manyRules()), ...(await largeMap())];
}
