import { hookPurpose } from '../../core/ebpf';
import { REDIRECT_HOOKS, type Attachment, type ProgramMeasure, type Snapshot } from '../../core/model';
import type { Agent } from '../../nodes/agent/agent';
import type { ProgramView } from '../../protocol/inspector';
import { Disposable } from '../dispose';

/** The hooks of eBPF mode in the order in which a connection meets them, the others after them. */
function hookOrder(hook: string): number {
  const index = (REDIRECT_HOOKS as readonly string[]).indexOf(hook);
  return index < 0 ? REDIRECT_HOOKS.length : index;
}

const targetText = ({ target }: Attachment): string =>
  target.kind === 'netns' ? 'the network namespace' : `cgroup ${target.path}`;

/** What is attached where, for showing: by hook, and within a hook in the order in which the kernel runs it. */
export function programViews(snapshot: Snapshot): ProgramView[] {
  const programs = new Map(snapshot.programs.map((program) => [program.id, program]));
  const maps = new Map(snapshot.maps.map(({ id, name }) => [id, name]));
  const orders = new Map<string, number>();
  return snapshot.attachments
    .map((attachment): ProgramView => {
      const order = (orders.get(attachment.hook) ?? 0) + 1;
      orders.set(attachment.hook, order);
      const program = programs.get(attachment.program);
      const ours = attachment.pin !== null;
      return {
        id: attachment.program,
        hook: attachment.hook,
        order,
        ours,
        purpose: ours ? hookPurpose(attachment.hook) : null,
        target: targetText(attachment),
        link: attachment.link,
        pin: attachment.pin,
        name: program?.name ?? '',
        type: program?.type ?? 'unknown',
        tag: program?.tag ?? '',
        translatedSize: program?.translatedSize ?? 0,
        jitedSize: program?.jitedSize ?? 0,
        maps: (program?.maps ?? []).map((id) => ({ id, name: maps.get(id) ?? `map ${id}` })),
      };
    })
    .sort(
      (a, b) => hookOrder(a.hook) - hookOrder(b.hook) || a.hook.localeCompare(b.hook) || a.order - b.order,
    );
}

/** Has the kernel count how often programs run, as long as somebody looks; on a node that is read-only, only reads what it has counted. */
export class ProgramMeter extends Disposable {
  readonly #agent: Agent;
  readonly #measure: boolean;
  readonly #told: (programs: ProgramMeasure[]) => void;
  readonly #failed: (error: unknown) => void;
  #wanted: { programs: readonly number[]; interval: number } | null = null;
  #timer: NodeJS.Timeout | null = null;
  #on = false;

  constructor(
    agent: Agent,
    measure: boolean,
    told: (programs: ProgramMeasure[]) => void,
    failed: (error: unknown) => void,
  ) {
    super();
    this.#agent = agent;
    this.#measure = measure;
    this.#told = told;
    this.#failed = failed;
  }

  /** Begins, changes or (null) ends. `interval` in milliseconds. */
  want(wanted: { programs: readonly number[]; interval: number } | null): void {
    if (JSON.stringify(wanted) === JSON.stringify(this.#wanted)) return;
    this.#wanted = wanted;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    if (wanted) void this.#look(wanted);
    else if (this.#on) {
      this.#on = false;
      // Where the agent has ended, the kernel has stopped by itself.
      this.#agent.request('programs/measure', { programs: [], measure: false }).catch(this.#failed);
    }
  }

  override dispose(): void {
    this.want(null);
    super.dispose();
  }

  async #look(wanted: { programs: readonly number[]; interval: number }): Promise<void> {
    this.#on = true;
    try {
      const { programs } = await this.#agent.request('programs/measure', {
        programs: [...wanted.programs],
        measure: this.#measure,
      });
      if (this.#wanted !== wanted) return;
      this.#told(programs);
      this.#timer = setTimeout(() => void this.#look(wanted), wanted.interval);
    } catch (error) {
      if (this.#wanted === wanted) this.#failed(error);
    }
  }
}
