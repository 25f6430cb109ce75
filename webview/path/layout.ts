import { Graph, layout } from '@dagrejs/dagre';
import type { PathEdge, PathModel, PathNode } from './model';

export interface Placed {
  width: number;
  height: number;
  nodes: { node: PathNode; x: number; y: number; width: number; height: number }[];
  edges: { edge: PathEdge; points: { x: number; y: number }[]; label: { x: number; y: number } }[];
}

/** Of a letter of a node's text, in the units of the picture: its font is 12 high. */
const LETTER = 7.4;
const HEIGHT = 40;
const MARGIN = 8;

/** A chain in a group of them. */
const MEMBER = { height: 22, columns: 5 };

/** Room for how many connections a second go along an edge. */
const RATE = { width: 64, height: 16 };

/** Places everything, from the top downwards, without crossings where there can be none. */
export function placed({ nodes, edges }: PathModel): Placed {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'TB', nodesep: 24, ranksep: 20, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) {
    graph.setNode(node.id, sizeOf(node));
  }
  for (const edge of edges) graph.setEdge(edge.from, edge.to, { ...RATE, labelpos: 'r' });
  layout(graph);
  const whole = graph.graph() as Partial<Box>;
  return {
    width: whole.width ?? 0,
    height: whole.height ?? 0,
    nodes: nodes.map((node) => ({ node, ...corner(graph.node(node.id) as Box) })),
    edges: edges.map((edge) => {
      const { points, x, y } = graph.edge(edge.from, edge.to) as Box & { points: Point[] };
      return { edge, points, label: { x: x - RATE.width / 2, y } };
    }),
  };
}

function sizeOf({ kind, label, about, members }: PathNode): { width: number; height: number } {
  const letters = Math.max(label.length, about.length, 8);
  const alone = { width: letters * LETTER + 24, height: about === '' ? 28 : HEIGHT };
  if (kind !== 'group') return alone;
  const { columns, rows, width } = grid(members);
  return { width: Math.max(alone.width, columns * width + 8), height: HEIGHT + rows * MEMBER.height + 4 };
}

/** A group is about as wide as it is high. */
function grid(members: PathNode['members']): { columns: number; rows: number; width: number } {
  const columns = Math.min(MEMBER.columns, Math.ceil(Math.sqrt(members.length / 8)));
  const longest = Math.max(...members.map(({ view }) => view.name.length));
  return { columns, rows: Math.ceil(members.length / columns), width: longest * LETTER + 16 };
}

/** Where each chain of a group is within it. */
export function memberBoxes(members: PathNode['members']): Box[] {
  const { rows, width } = grid(members);
  return members.map((_, index) => ({
    x: 4 + Math.floor(index / rows) * width,
    y: HEIGHT + (index % rows) * MEMBER.height,
    width,
    height: MEMBER.height,
  }));
}

interface Point {
  x: number;
  y: number;
}

interface Box extends Point {
  width: number;
  height: number;
}

/** The layout gives middles. */
const corner = ({ x, y, width, height }: Box): Box => ({
  x: x - width / 2,
  y: y - height / 2,
  width,
  height,
});
