import { html, nothing, svg, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { View } from '../element';
import { formatRate } from '../format';
import type { Store } from '../store';
import { placed, type Placed } from './layout';
import type { PathEdge, PathModel, PathNode } from './model';

/** Sent when a node is opened. */
export class OpenNodeEvent extends Event {
  readonly node: PathNode;

  constructor(node: PathNode) {
    super('mr-open-node', { bubbles: true });
    this.node = node;
  }
}

declare global {
  interface HTMLElementEventMap {
    'mr-open-node': OpenNodeEvent;
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

  constructor() {
    super();
    this.follow(() => [this.store.clock]);
  }

  override willUpdate(): void {
    const { nodes, edges } = this.model;
    const shape = JSON.stringify([
      nodes.map(({ id, label, about }) => [id, label, about]),
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
      ${nodes.map(({ node, ...box }) => this.#node(known.get(node.id) ?? node, box))}
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
    return svg`<g class="edge ${edge.preempted ? 'preempted' : ''} ${perSecond > 0 ? 'used' : ''}">
      <path d=${curve(points)} marker-end="url(#${marker})"></path>
      ${isActive ? svg`<text class="edge-rate" x=${label.x} y=${label.y + 4}>${formatRate(perSecond)}/s</text>` : nothing}
    </g>`;
  }

  #node(node: PathNode, box: { x: number; y: number; width: number; height: number }): TemplateResult {
    const { kind, label, about, preempted, to } = node;
    const open = () => {
      if (to) this.dispatchEvent(new OpenNodeEvent(node));
    };
    const hit = this.filter !== '' && label.toLowerCase().includes(this.filter);
    const middle = box.x + box.width / 2;
    const said = [label, about, preempted === null ? '' : `pre-empted: ${preempted}`].filter(
      (part) => part !== '',
    );
    return svg`<g
      class="node ${kind} ${preempted === null ? '' : 'preempted'} ${hit ? 'hit' : ''}"
      role=${to ? 'link' : 'img'}
      tabindex=${to ? 0 : nothing}
      aria-label=${said.join(', ')}
      data-node=${node.id}
      @click=${open}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        open();
      }}
    >
      <title>${said.join('\n')}</title>
      <rect x=${box.x} y=${box.y} width=${box.width} height=${box.height} rx=${kind === 'end' ? box.height / 2 : 3}></rect>
      <text x=${middle} y=${box.y + (about === '' ? box.height / 2 + 4 : 17)}>${label}</text>
      ${about === '' ? nothing : svg`<text class="about" x=${middle} y=${box.y + 32}>${about}</text>`}
    </g>`;
  }
}

const keyOf = ({ from, to }: PathEdge): string => `${from}\n${to}`;

/** A line through the points, rounded at the inner ones. */
function curve(points: readonly { x: number; y: number }[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (!first || !last) return '';
  const inner = rest.map(({ x, y }, index) => {
    const next = rest[index + 1] ?? last;
    return `Q${x},${y} ${(x + next.x) / 2},${(y + next.y) / 2}`;
  });
  return `M${first.x},${first.y} ${inner.join(' ')} L${last.x},${last.y}`;
}
