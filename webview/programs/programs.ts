import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ProgramView } from '../../src/protocol/inspector';
import type { Actions } from '../actions';
import { View } from '../element';
import { countOf, formatBytes, formatCount, formatNanoseconds, formatRate, tooltip } from '../format';
import { emptyState, loading } from '../placeholders';
import type { Runs } from '../model/program-runs';
import type { Store } from '../store';
import { sourceView } from './source-view';

/** The programs where the workload's connections pass, by hook, in the order in which the kernel runs them. */
@customElement('mr-programs')
export class Programs extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) actions!: Actions;

  constructor() {
    super();
    this.follow(() => [
      this.store.programs,
      this.store.runs,
      this.store.sources,
      this.store.maps,
      this.store.ui,
      this.store.connection,
      this.store.failure,
      this.store.wantedProgram,
    ]);
  }

  override render(): TemplateResult {
    const programs = this.store.programs.value;
    if (!programs) return loading('Reading the programs…', this.store);
    if (programs.length === 0) {
      return emptyState(
        'chip',
        'No programs here',
        'No eBPF program is attached where this workload connects.',
      );
    }
    const shown = programs.filter((program) => matches(program, this.store.ui.value.filter));
    if (shown.length === 0) return emptyState('filter', 'No program matches the filter', null);
    const hooks = [...new Set(shown.map(({ hook }) => hook))];
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Programs">
      <p class="note">
        ${
          this.store.live.value?.paused === true
            ? 'Runs are not counted while paused.'
            : 'Runs are counted while this view is open: the kernel times each run, which costs every program of the node a little.'
        }
      </p>
      ${repeat(
        hooks,
        (hook) => hook,
        (hook) =>
          this.#hook(
            hook,
            shown.filter((program) => program.hook === hook),
          ),
      )}
    </div>`;
  }

  override updated(): void {
    const { wantedProgram } = this.store;
    const item = this.querySelector<HTMLElement>(`[data-program="${wantedProgram.value}"]`);
    if (!item || this.store.ui.value.view !== 'programs') return;
    wantedProgram.set(null);
    item.focus();
    item.scrollIntoView({ block: 'nearest' });
  }

  #hook(hook: string, programs: ProgramView[]): TemplateResult {
    return html`<section aria-label=${hook}>
      <h2>
        <span class="hook">${hook}</span>
        <span class="size"
          >${countOf(programs.length, 'program')}${programs.length > 1 ? ', in this order' : ''}</span
        >
      </h2>
      <ol>
        ${repeat(
          programs,
          ({ id, order }) => `${id} ${order}`,
          (program) => this.#program(program),
        )}
      </ol>
    </section>`;
  }

  #program(program: ProgramView): TemplateResult {
    const runs = this.store.runs.value.of(program.id);
    return html`<li ?data-ours=${program.ours} data-program=${program.id} tabindex="-1">
      <div class="head">
        <span class="order">${program.order}</span>
        <span class="name" title=${tooltip(program.name)}
          >${program.name === '' ? `program ${program.id}` : program.name}</span
        >
        <span class="whose">${program.ours ? 'ours' : 'not ours'}</span>
        <span class="runs">${runs ? runsText(runs) : nothing}</span>
      </div>
      ${program.purpose === null ? nothing : html`<p class="purpose">${program.purpose}</p>`}
      <dl>
        ${fact('attached to', program.target)} ${fact('link', linkText(program))}
        ${program.pin === null ? nothing : fact('pin', program.pin)}
        ${fact('program', `${program.id}, ${program.type}, tag ${program.tag}`)}
        ${fact('size', sizeText(program))} ${program.maps.length === 0 ? nothing : this.#maps(program)}
      </dl>
      ${runs?.source ? this.#source(program.id, runs.source) : nothing}
    </li>`;
  }

  #source(program: number, source: NonNullable<Runs['source']>): TemplateResult {
    return sourceView(source, this.store.sources.value.get(program) ?? null, () => {
      this.actions.readSource(program);
    });
  }

  #maps({ maps }: ProgramView): TemplateResult {
    return html`<div>
      <dt>maps</dt>
      <dd>
        ${maps.map(
          ({ id, name }) =>
            html`<button
              type="button"
              role="link"
              class="link map"
              title="Show what is in it"
              @click=${() => {
                this.actions.showMap(id);
              }}
            >
              ${name}
            </button> `,
        )}
      </dd>
    </div>`;
  }
}

function matches(program: ProgramView, filter: string): boolean {
  const needle = filter.trim().toLowerCase();
  const { hook, name, type, tag, target, pin, purpose, maps } = program;
  return [hook, name, type, tag, target, pin ?? '', purpose ?? '', ...maps.map((map) => map.name)].some(
    (text) => text.toLowerCase().includes(needle),
  );
}

function runsText({ count, perSecond, average }: Runs): TemplateResult {
  return html`<span title="${formatCount(count)} runs since this view was opened"
      >${formatCount(count)} runs</span
    >
    <span>${formatRate(perSecond)}/s</span>
    <span title="Average time of a run">${average === null ? '–' : formatNanoseconds(average)}</span>`;
}

const fact = (name: string, value: string): TemplateResult =>
  html`<div>
    <dt>${name}</dt>
    <dd title=${tooltip(value)}>${value}</dd>
  </div>`;

const linkText = ({ link }: ProgramView): string =>
  link === null ? 'none: attached by BPF_PROG_ATTACH' : String(link);

const sizeText = ({ translatedSize, jitedSize }: ProgramView): string =>
  translatedSize === 0
    ? 'hidden by the kernel'
    : `${formatBytes(translatedSize)} translated, ${jitedSize === 0 ? 'not compiled' : `${formatBytes(jitedSize)} compiled`}`;
