import { html, nothing, type TemplateResult } from 'lit';
import type { Finding } from '../../src/protocol/inspector';
import { icon } from '../icon';
import type { Findings } from '../model/findings';
import { type Chain, chainOf, type Table } from '../model/rulesets';
import type { Store } from '../store';
import { rulesetOf, type Item, type ShownItems } from './items';
import { isStop } from './stops';

/** Number, rule, rate, packets, bytes. */
export const ROW_COLUMNS = 5;

interface Context {
  store: Store;
  shown: ShownItems;
  findings: Findings;
  active: Item | null;
  /** The key of the row that a jump led to. */
  arrived: string | null;
  fold: (chain: Chain, folded: boolean) => void;
}

/** What is wrong with the chain or the rule itself. */
export function findingsOf(item: Item, findings: Findings): readonly Finding[] {
  return isStop(item) ? findings.at(rulesetOf(item).key, item.view.line) : [];
}

/** In pixels: `--row` of main.css, what heads of rulesets, tables and chains have around them, and a line of a finding. */
const ROW = 22;
const HEIGHTS: Record<Item['kind'], number> = { ruleset: 36, table: 26, chain: ROW + 4, rule: ROW };
const FINDING = 20;

/** What an item is high, in pixels. Whatever does not fit is shown while the row has the focus, over those below it. */
export function heightOf(item: Item, findings: Findings): number {
  return HEIGHTS[item.kind] + FINDING * findingsOf(item, findings).length;
}

/** The row of an item. Chains and rules can have the focus; rulesets and tables head them. */
export function rowOf(item: Item, index: number, context: Context): TemplateResult {
  switch (item.kind) {
    case 'ruleset': {
      const { family, backend } = item.view;
      return html`<div
        class="ruleset"
        role="row"
        aria-level="1"
        aria-rowindex=${index + 1}
        data-key=${item.key}
      >
        <span role="gridcell">${family === 'ipv4' ? 'IPv4' : 'IPv6'} · ${backend}</span>
      </div>`;
    }
    case 'table':
      return html`<div
        class="table"
        role="row"
        aria-level="2"
        aria-rowindex=${index + 1}
        data-key=${item.key}
      >
        ${tableHead(item, 'columnheader')}
      </div>`;
    case 'chain': {
      const matching = context.shown.matchingIn(item);
      const open = context.shown.isOpen(item);
      return html`<mr-chain-row
        role="row"
        tabindex=${context.active === item ? 0 : -1}
        aria-level="3"
        aria-rowindex=${index + 1}
        aria-expanded=${matching === 0 ? nothing : open}
        data-key=${item.key}
        ?data-redirects=${item.view.redirects}
        ?data-arrived=${context.arrived === item.key}
        .store=${context.store}
        .chain=${item}
        .open=${open}
        .matching=${matching}
        .inside=${context.findings.inChain(item.key)}
        .findings=${findingsOf(item, context.findings)}
        @click=${() => {
          context.fold(item, open);
        }}
      ></mr-chain-row>`;
    }
    case 'rule':
      return html`<mr-rule-row
        role="row"
        tabindex=${context.active === item ? 0 : -1}
        aria-level="4"
        aria-rowindex=${index + 1}
        data-key=${item.key}
        ?data-ours=${item.view.ours}
        ?data-arrived=${context.arrived === item.key}
        .store=${context.store}
        .rule=${item}
        .findings=${findingsOf(item, context.findings)}
      ></mr-rule-row>`;
  }
}

/** What stays on top of the rows of a table: which table it is, which chain, and what its counters count. */
export function stickyOf(item: Item): TemplateResult | typeof nothing {
  if (!isStop(item)) return nothing;
  const { table, view } = chainOf(item);
  return html`<div class="table">
    ${tableHead(table, 'presentation', item.kind === 'rule' ? view.name : null)}
  </div>`;
}

const NAT =
  'In nat, counters count connections: the kernel passes only the first packet of each connection through this table.';

function tableHead(table: Table, role: string, chain: string | null = null): TemplateResult {
  const nat = table.counts === 'connections';
  return html`<span role=${role} class="title"
      >${icon('table')}<span>${table.name}</span>${
        chain === null ? nothing : html`<span class="of">${chain}</span>`
      }</span
    >
    <span role=${role} class="counter rate">rate</span>
    <span role=${role} class="counter packets" title=${nat ? NAT : nothing}>${table.counts}</span>
    <span role=${role} class="counter bytes">bytes</span>`;
}
