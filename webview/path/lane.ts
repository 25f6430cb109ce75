import { html, nothing, svg, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { View } from '../element';
import { formatRate } from '../format';
import { RovingFocus } from '../roving';
import type { Store } from '../store';
import { memberBoxes, placed, type Placed } from './layout';
import type { PathEdge, PathLink, PathModel, PathNode } from './model';

/** Sent when something on the way is opened. */
export class OpenPlaceEvent extends Event {
  readonly to: PathLink;

  constructor(to: PathLink) {
    super('mr-open-place', { bubbles: true });
    this.to = to;
  }
}

declare global {
  interface HTMLElementEventMap {
    'mr-open-place': OpenPlaceEvent;
  }
}

/** One direction as a picture. Where things are is found anew only when there are others; rates move by themselves. */
@customElement('mr-lane')
export class LaneView extends View {
  @property({ attribute: false }) store!: Store;
  @property({ attribute: false }) model!: PathModel;
  @property() name = '';
  @property() filter = '';
  #places: Placed | null = null;
  #placedFor: string | null = null;

  readonly #roving = new RovingFocus(this, '[role=link]');

  constructor() {
    super();
    this.follow(() => [this.store.clock]);
    this.addEventListener('keydown', (event) => {
      if (this.#roving.handleKey(event) || (event.key !== 'Enter' && event.key !== ' ')) return;
      event.preventDefault();
      this.#roving.itemOf(event.target)?.dispatchEvent(new MouseEvent('click', { bubbles: true }));
    });
  }

  override willUpdate(): void {
    const { nodes, edges } = this.model;
    const shape = JSON.stringify([
      nodes.map(({ id, kind, label, about, members }) => [id, kind, label, about, members.length]),
      edges.map(({ from, to }) => [from, to]),
    ]);
    if (shape === this.#placedFor) return;
    this.#placedFor = shape;
    this.#places = placed(this.model);
  }

  override render(): TemplateResult {
    if (!this.#places) return html``;
    const { width, height, edges, nodes } = this.#places;
    const marker = `arrow-${this.name}`;
    const known = new Map(this.model.nodes.map((node) => [node.id, node]));
    const live = new Map(this.model.edges.map((edge) => [keyOf(edge), edge]));
    return html`<svg
      class="lane"
      role="group"
      aria-label="The way of ${this.name} connections"
      viewBox="0 0 ${width} ${height}"
      width=${width}
      height=${height}
    >
      <defs>
        <marker
          id=${marker}
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="7"
          markerHeight="7"
          orient="auto"
        >
          <path class="head" d="M0,0 L8,4 L0,8 z"></path>
        </marker>
      </defs>
      ${edges.map(({ edge, points, label }) =>
        this.#edge(live.get(keyOf(edge)) ?? edge, points, label, marker),
      )}
      ${repeat(
        nodes,
        ({ node }) => node.id,
        ({ node, ...box }) => this.#node(known.get(node.id) ?? node, box),
      )}
    </svg>`;
  }

  #edge(
    edge: PathEdge,
    points: { x: number; y: number }[],
    label: { x: number; y: number },
    marker: string,
  ): TemplateResult {
    const now = this.store.clock.value;
    const perSecond = edge.counters.reduce((sum, { rate }) => sum + (rate?.now(now) ?? 0), 0);
    const isActive = edge.counters.some(({ rate }) => rate?.isActive(now) === true);
    const rate = `${formatRate(perSecond)}/s`;
    return svg`<g
      class="edge ${edge.preempted ? 'preempted' : ''} ${perSecond > 0 ? 'used' : ''}"
      role=${isActive ? 'img' : nothing}
      aria-label=${isActive ? `${this.#labelOf(edge.from)} to ${this.#labelOf(edge.to)}: ${rate}` : nothing}
    >
      <path d=${curve(points)} marker-end="url(#${marker})"></path>
      ${isActive ? svg`<text class="edge-rate" x=${label.x} y=${label.y + 4}>${rate}</text>` : nothing}
    </g>`;
  }

  #labelOf(id: string): string {
    return this.model.nodes.find((node) => node.id === id)?.label ?? id;
  }

  #node(node: PathNode, box: Box): TemplateResult {
    const { kind, label, about, preempted, unordered, to, members } = node;
    const middle = box.x + box.width / 2;
    const said = [
      ...[label, about, preempted === null ? '' : `pre-empted: ${preempted}`],
      unordered === null ? '' : `order unknown: ${unordered}`,
    ].filter((part) => part !== '');
    const head = svg`<title>${said.join('\n')}</title>
      <rect
        x=${box.x}
        y=${box.y}
        width=${box.width}
        height=${box.height}
        rx=${kind === 'end' ? box.height / 2 : 3}
      ></rect>
      <text x=${middle} y=${box.y + (about === '' ? box.height / 2 + 4 : 17)}>${label}</text>
      ${about === '' ? nothing : svg`<text class="about" x=${middle} y=${box.y + 32}>${about}</text>`}
      ${unordered === null ? nothing : svg`<text class="sign" aria-hidden="true" x=${box.x + box.width - 9} y=${box.y + 15}>?</text>`}`;
    const classes = [
      ...['node', kind, preempted === null ? '' : 'preempted'],
      ...[unordered === null ? '' : 'unordered', this.#hit(label)],
    ].join(' ');
    if (!to) {
      return svg`<g class=${classes} role="img" aria-label=${said.join(', ')} data-node=${node.id}>${head}</g>`;
    }
    const expanded = kind === 'group' ? 'true' : kind === 'folded' && 'toggle' in to ? 'false' : nothing;
    return svg`<g
        class=${classes}
        role="link"
        tabindex="-1"
        aria-label=${said.join(', ')}
        aria-expanded=${expanded}
        data-node=${node.id}
        @click=${() => this.dispatchEvent(new OpenPlaceEvent(to))}
      >${head}</g>
      ${members.length === 0 ? nothing : this.#members(members, box)}`;
  }

  #members(members: PathNode['members'], at: Box): TemplateResult[] {
    const boxes = memberBoxes(members);
    return members.map((chain, index) => {
      const { x, y, width, height } = boxes[index] ?? at;
      const { name } = chain.view;
      return svg`<g
        class="member ${this.#hit(name)}"
        role="link"
        tabindex="-1"
        aria-label=${name}
        @click=${() => this.dispatchEvent(new OpenPlaceEvent({ chain }))}
      >
        <rect x=${at.x + x} y=${at.y + y} width=${width} height=${height} rx="2"></rect>
        <text x=${at.x + x + 8} y=${at.y + y + 15}>${name}</text>
      </g>`;
    });
  }

  #hit(label: string): string {
    return this.filter !== '' && label.toLowerCase().includes(this.filter) ? 'hit' : '';
  }
}

type Box = Omit<Placed['nodes'][number], 'node'>;

const keyOf = ({ from, to }: PathEdge): string => `${from}\n${to}`;

/** How early a line begins to turn before a point. */
const TURN = 14;

/** A line through the points, rounded at the inner ones: it keeps as far from everything else as they do. */
function curve(points: readonly { x: number; y: number }[]): string {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return '';
  const inner = points.slice(1, -1).map((point, index) => {
    const before = points[index] ?? first;
    const next = points[index + 2] ?? last;
    return `L${towards(point, before)} Q${point.x},${point.y} ${towards(point, next)}`;
  });
  return `M${first.x},${first.y} ${inner.join(' ')} L${last.x},${last.y}`;
}

/** The place on the line from a point to another at which the turn begins or ends. */
function towards(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(TURN, length / 2) / length;
  return `${from.x + (to.x - from.x) * part},${from.y + (to.y - from.y) * part}`;
}
