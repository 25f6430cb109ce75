import type { ViewId } from '../../src/protocol/inspector';
import { EMPTY_FORM, keptForm, type TraceForm } from '../trace/form';
import { VIEWS } from '../views';

/** What a person has chosen to see. It is kept while the panel is hidden, and when VS Code starts again. */
export interface UiState {
  view: ViewId;
  filter: string;
  /** Which chains are folded without a choice by hand: all, none, or those that take no part in redirection. */
  folding: 'all' | 'none' | 'others';
  /** Chains that were folded or unfolded by hand, by key. */
  folded: Record<string, boolean>;
  /** The open map. Its name finds its successor when a switch has replaced all maps. */
  map: { id: number; name: string } | null;
  /** Whether raw bytes are shown beside the values. */
  raw: boolean;
  /** How raw bytes are read as numbers. */
  byteOrder: 'little' | 'big';
  /** The connection that is asked about. */
  trace: TraceForm;
  /** Whose panel it is, for a person: known before the host has found the workload again; null at first. */
  who: Who | null;
}

export interface Who {
  workload: string;
  node: string;
}

const INITIAL: UiState = {
  ...{ view: 'chains', filter: '', folding: 'others', folded: {}, map: null, raw: false },
  byteOrder: 'little',
  trace: EMPTY_FORM,
  who: null,
};

/** Reads a kept state. Takes whatever was kept, perhaps by another version; what does not fit is as at first. */
export function readUiState(kept: unknown): UiState {
  if (!isRecord(kept)) return INITIAL;
  const { view, filter, folding, folded, map, raw, byteOrder, trace, who } = kept;
  return {
    view: VIEWS.find(({ id }) => id === view)?.id ?? 'chains',
    filter: typeof filter === 'string' ? filter : '',
    folding: folding === 'all' || folding === 'none' ? folding : 'others',
    folded: isRecord(folded) ? onlyBooleans(folded) : {},
    map:
      isRecord(map) && typeof map['id'] === 'number' && typeof map['name'] === 'string'
        ? { id: map['id'], name: map['name'] }
        : null,
    raw: raw === true,
    byteOrder: byteOrder === 'big' ? 'big' : 'little',
    trace: keptForm(trace),
    who:
      isRecord(who) && typeof who['workload'] === 'string' && typeof who['node'] === 'string'
        ? { workload: who['workload'], node: who['node'] }
        : null,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function onlyBooleans(record: Record<string, unknown>): Record<string, boolean> {
  return Object.fromEntries(
    Object.entries(record).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
  );
}
