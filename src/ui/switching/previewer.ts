import * as vscode from 'vscode';
import { enterWorkload } from '../../core/model';
import type { Call, Mode, Plan } from '../../core/redirect';
import { copyText } from '../clipboard';
import type { Documents } from '../documents';
import type { Failures } from '../failures';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { showPage } from '../page';
import { placeOf, placeText } from '../place';
import type { Policies } from '../policy/policies';
import { cancellable } from '../progress';
import { modeName } from '../tree/verdict-look';
import { showList } from '../show-list';
import { byHand } from './by-hand';
import { planSummary } from './words';
import { planPage } from './plan-page';
import type { Switcher } from './switcher';

export interface PreviewerServices {
  /** The directory that holds the BPF object and its manifest. */
  objectsDirectory: string;
  policies: Policies;
  documents: Documents;
  switcher: Switcher;
  failures: Failures;
}

/** A plan, and the command that does by hand what one of its calls does; null where none does. */
interface Planned {
  plan: Plan;
  command: (call: Call) => string | null;
}

/** Shows what a switch would change, in VS Code's own diff editor. Nothing on the node changes. */
export class Previewer {
  readonly #services: PreviewerServices;

  constructor(services: PreviewerServices) {
    this.#services = services;
  }

  /** Rejects with SwitchRefused where the switch itself would be refused. */
  async preview(workload: WorkloadEntry, mode: Mode): Promise<void> {
    const plan = await this.#plan(workload, mode);
    const doing = mode === 'none' ? 'Remove Redirection' : `Switch to ${modeName(mode)}`;
    await this.#diff(workload, mode, plan, `${workload.label}: ${doing} (preview)`);
    const hands = { node: workload.node.connection().info, enter: enterWorkload(workload.workload) };
    const command = (call: Call): string | null => byHand(call, hands);
    // Not waited for: the notification stays until somebody closes it.
    void this.#services.failures.guard(() => this.#offer(workload, mode, { plan, command }, doing));
  }

  async #plan(workload: WorkloadEntry, mode: Mode): Promise<Plan> {
    const { objectsDirectory, policies } = this.#services;
    const { preparePlan, SwitchRefused } = await import('../../redirect');
    const plan = await cancellable(`Planning for ${placeText(placeOf(workload))}`, async () =>
      preparePlan({
        connection: workload.node.connection(),
        workloadId: workload.id,
        policy: await policies.checked(workload),
        to: mode,
        objectsDirectory,
        // A look changes nothing. Whoever switches then is asked (guard.ts).
        force: workload.workload.host,
      }),
    );
    const [first, ...others] = plan.refusals;
    if (first) throw new SwitchRefused([first, ...others]);
    return plan;
  }

  async #diff(workload: WorkloadEntry, mode: Mode, { preview }: Plan, title: string): Promise<void> {
    const folder = ['preview', workload.node.node.label, workload.id, mode];
    const write = (side: 'before' | 'after'): Promise<vscode.Uri> =>
      this.#services.documents.write([...folder, `${workload.label} ${side}`], () =>
        Promise.resolve(preview[side]),
      );
    const [before, after] = await Promise.all([write('before'), write('after')]);
    await vscode.commands.executeCommand('vscode.diff', before, after, title, { preview: true });
  }

  async #offer(workload: WorkloadEntry, mode: Mode, planned: Planned, doing: string): Promise<void> {
    const { plan, command } = planned;
    const [switchNow, showSteps, copyCommand] = ['Switch Now', 'Show Steps', 'Copy Command…'];
    const may = workload.node.readOnly ? [] : [switchNow];
    const buttons = plan.steps.length === 0 ? [] : [...may, showSteps, copyCommand];
    const heading = `${doing}: ${placeText(placeOf(workload))}`;
    const answer = await vscode.window.showInformationMessage(`${heading}. ${planSummary(plan)}`, ...buttons);
    if (answer === switchNow) await this.#services.switcher.switch(workload, mode);
    if (answer === copyCommand) await copyStep(planned);
    else if (answer === showSteps) {
      const path = ['preview', workload.node.node.label, workload.id, `${workload.label}: ${doing}.md`];
      const render = (): Promise<string> => Promise.resolve(planPage(heading, plan, command));
      await showPage(await this.#services.documents.write(path, render));
    } else return;
    await this.#offer(workload, mode, planned, doing);
  }
}

/** Copies the command that does by hand what one of the steps does. */
async function copyStep({ plan, command }: Planned): Promise<void> {
  const items = plan.steps.flatMap(({ title, call }, index) => {
    const text = command(call);
    return text === null ? [] : [{ label: `${index + 1}. ${title}`, detail: firstLine(text), text }];
  });
  if (items.length === 0) {
    const none = 'No command does any of these steps by hand: the agent does them itself.';
    void vscode.window.showInformationMessage(none);
    return;
  }
  const placeHolder = 'Step whose command to copy, as it is typed on the node';
  const picked = await showList(items, { placeHolder, matchOnDetail: true });
  if (picked) copyText(picked.text);
}

const firstLine = (text: string): string => text.split('\n', 1).join();
