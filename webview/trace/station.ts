import { html, nothing, type TemplateResult } from 'lit';
import type { TraceStationView, TraceStepView } from '../../src/protocol/inspector';
import { countOf } from '../format';
import { icon } from '../icon';

/** Rules that do not match are many, and say little: so many of a run are listed. */
const LISTED = 200;

type Line = { step: TraceStepView } | { passed: TraceStepView[] };

/** Runs of questions that were answered with no become one line. */
export function linesOf(steps: readonly TraceStepView[]): Line[] {
  const lines: Line[] = [];
  for (const step of steps) {
    const last = lines.at(-1);
    if (step.matched !== false) lines.push({ step });
    else if (last && 'passed' in last) last.passed.push(step);
    else lines.push({ passed: [step] });
  }
  return lines;
}

export interface StationLooks {
  /** Only questions that contain it, in lower case, are shown. */
  filter: string;
  /** Goes to a rule. */
  open: (step: TraceStepView) => void;
  /** What the kernel met of it; null: it did not say. */
  met: ReadonlySet<string> | null;
}

/** What one party is asked, in order, and what it decides. */
export function stationView(
  { title, asked, steps, end }: TraceStationView,
  looks: StationLooks,
): TemplateResult {
  return html`<section class="station" aria-label=${title}>
    <h2>${title} <span class="asked">${asked}</span></h2>
    <ol>
      ${linesOf(steps.filter((step) => contains(step, looks.filter))).map((line) => ('step' in line ? stepView(line.step, looks) : passedView(line.passed, looks)))}
      <li class="end">${icon('arrow-right')} ${end}</li>
    </ol>
  </section>`;
}

const contains = ({ place, text }: TraceStepView, filter: string): boolean =>
  `${place} ${text}`.toLowerCase().includes(filter);

function passedView(passed: TraceStepView[], looks: StationLooks): TemplateResult {
  const [only] = passed;
  if (passed.length === 1 && only) return stepView(only, looks);
  return html`<li class="passed">
    <details>
      <summary>
        ${icon('chevron-right', 'twistie')} ${countOf(passed.length, 'question')} answered with no
      </summary>
      <ol>
        ${passed.slice(0, LISTED).map((step) => stepView(step, looks))}
        ${passed.length > LISTED ? html`<li class="more">and ${passed.length - LISTED} more</li>` : nothing}
      </ol>
    </details>
  </li>`;
}

const ANSWERS = new Map<boolean | null, { sign: string; says: string; kind: string }>([
  [true, { sign: 'check', says: 'yes', kind: 'yes' }],
  [false, { sign: 'dash', says: 'no', kind: 'no' }],
  [null, { sign: 'question', says: 'not known', kind: 'unknown' }],
]);

function stepView(step: TraceStepView, { open, met }: StationLooks): TemplateResult {
  const { place, rule, text, matched, decides } = step;
  const answer = ANSWERS.get(matched);
  const where = rule === null ? place : `${place}, rule ${rule}`;
  return html`<li class="step ${answer?.kind ?? ''}" ?data-decides=${decides}>
    <span class="answer" title=${answer?.says ?? ''}
      >${icon(answer?.sign ?? 'dash')}<span class="visually-hidden">${answer?.says}:</span></span
    >
    ${
      rule === null
        ? html`<span class="place">${where}</span>`
        : html`<button
            type="button"
            role="link"
            class="link place"
            title="Show this rule"
            @click=${() => {
              open(step);
            }}
          >
            ${where}
          </button>`
    }
    <span class="text">${text}</span>
    ${decides ? html`<span class="tag">decides</span>` : nothing} ${metView(step, met)}
  </li>`;
}

/** Whether the kernel has met the rule, where that is another thing than was explained or confirms it. */
function metView(
  { place, rule, matched }: TraceStepView,
  met: StationLooks['met'],
): TemplateResult | typeof nothing {
  if (met === null || rule === null) return nothing;
  const isMet = met.has(`${place}#${rule}`);
  if (isMet === (matched === true))
    return isMet ? html`<span class="tag met">the kernel too</span>` : nothing;
  return html`<span class="tag differs">${isMet ? 'but the kernel: yes' : 'but the kernel: no'}</span>`;
}
