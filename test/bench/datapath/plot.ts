import type { Result } from './results';
import { rowText } from './table';
import type { Variant } from './variants';

const LEFT = 310;
const RIGHT = 24;
const TOP = 64;
const WIDTH = 860;
/** Of one variant's dot, and between two rows. */
const LINE = 9;
const GAP = 10;

/** Readable on white and on black, told apart by those who see no red or no green, and by its shape. */
const MARKS = [
  { light: '#0969da', dark: '#58a6ff', shape: 'M-4 -4H4V4H-4Z' },
  { light: '#8250df', dark: '#bc8cff', shape: 'M0 -5L5 4H-5Z' },
  { light: '#bc4c00', dark: '#ff9b50', shape: 'M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0' },
  { light: '#1a7f37', dark: '#3fb950', shape: 'M0 -5.5L5.5 0L0 5.5L-5.5 0Z' },
] as const;

const escape = (text: string): string =>
  text.replace(/[&<>"]/g, (found) => `&#${String(found.charCodeAt(0))};`);

const round = (value: number): string => String(Math.round(value * 10) / 10);

/** Where a ratio is: as far to the left for half as much as to the right for twice as much. */
class Scale {
  readonly #low: number;
  readonly #high: number;

  constructor(ratios: readonly number[]) {
    this.#low = Math.log2(Math.min(0.8, ...ratios) * 0.97);
    this.#high = Math.log2(Math.max(1.25, ...ratios) * 1.03);
  }

  at(ratio: number): number {
    const part = (Math.log2(ratio) - this.#low) / (this.#high - this.#low);
    return LEFT + part * (WIDTH - LEFT - RIGHT);
  }

  /** Round ratios in its range. */
  get ticks(): number[] {
    const all = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.25, 1.5, 2, 3, 4, 6];
    return all.filter((each) => Math.log2(each) >= this.#low && Math.log2(each) <= this.#high);
  }
}

function style(): string {
  const colours = (theme: 'light' | 'dark'): string =>
    MARKS.map((mark, at) => `.v${at}{fill:${mark[theme]};stroke:${mark[theme]}}`).join('');
  return [
    'text{font:12px system-ui,sans-serif;fill:#1f2328}.note{fill:#57606a}.grid{stroke:#d0d7de}.one{stroke:#57606a}',
    `.spread{stroke-width:2;opacity:.45}${colours('light')}`,
    '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.note{fill:#9aa4af}.grid{stroke:#30363d}.one{stroke:#9aa4af}',
    `${colours('dark')}}`,
  ].join('');
}

const mark = (at: number, x: number, y: number): string =>
  `<path class="v${at}" stroke-width="1.5" transform="translate(${round(x)} ${round(y)})" d="${MARKS[at % MARKS.length]?.shape ?? ''}"/>`;

function legend(variants: readonly Variant[]): string[] {
  return variants.slice(1).map(({ title }, at) => {
    const x = 16 + at * 150;
    return `${mark(at, x, 40)}<text x="${x + 12}" y="44">${escape(title)}</text>`;
  });
}

/**
 * An SVG with a line for each row: how much each variant does in a second, to the first variant, which is the line at 1.
 * Marks are medians, bars the middle half of the rounds.
 * @param rows of each the results of all variants
 */
export function plot(
  title: string,
  rows: readonly (readonly Result[])[],
  variants: readonly Variant[],
): string {
  const scale = new Scale(
    rows.flat().flatMap(({ figures: { perSecond } }) => [perSecond.ratio, ...perSecond.spread]),
  );
  const parts: string[] = [];
  let y = TOP;
  for (const row of rows) {
    const [base, ...others] = row;
    const middle = y + (others.length * LINE) / 2;
    const name = base ? rowText(base) : '';
    parts.push(`<text x="${LEFT - 12}" y="${round(middle + 4)}" text-anchor="end">${escape(name)}</text>`);
    for (const { variant, figures } of others) {
      const at = variants.findIndex(({ name }) => name === variant) - 1;
      const [from, to] = figures.perSecond.spread.map((each) => round(scale.at(each)));
      const height = y + LINE / 2;
      parts.push(`<path class="v${at} spread" d="M${from} ${round(height)}H${to}"/>`);
      parts.push(mark(at, scale.at(figures.perSecond.ratio), height));
      y += LINE;
    }
    y += GAP;
  }
  const grid = scale.ticks.map((ratio) => {
    const x = round(scale.at(ratio));
    const line = `<path class="${ratio === 1 ? 'one' : 'grid'}" d="M${x} ${TOP - 6}V${y}"/>`;
    return `${line}<text class="note" x="${x}" y="${y + 16}" text-anchor="middle">${ratio}</text>`;
  });
  const height = y + 28;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escape(title)}</title><style>${style()}</style>`,
    `<text x="16" y="20" font-weight="600">${escape(title)}</text>`,
    ...legend(variants),
    ...grid,
    ...parts,
    '</svg>\n',
  ].join('\n');
}
