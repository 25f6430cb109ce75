import { svg, html, type TemplateResult } from 'lit';

const WIDTH = 45;
const HEIGHT = 14;

/** A small picture of numbers from 0 to 1, a bar each. What it shows must be said in words beside it. */
export function sparkline(bars: readonly number[]): TemplateResult {
  const width = WIDTH / bars.length;
  return html`<svg class="sparkline" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    ${bars.map((bar, index) => {
      const height = bar === 0 ? 1 : Math.max(1.5, bar * HEIGHT);
      return svg`<rect x=${index * width} y=${HEIGHT - height} width=${width - 0.6} height=${height}></rect>`;
    })}
  </svg>`;
}
