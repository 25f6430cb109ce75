/**
 * The messages between the extension host and the rule inspector's webview, typed once.
 * A union per direction, told apart by `type`. The host checks what comes from the webview with
 * `FromInspector`; the webview trusts the host.
 */
import * as z from 'zod';
import type { MapRow, SourceFile } from '../core/ebpf';
import type { Finding } from '../core/analysis';
import { Backend, Family, type ProgramMeasure } from '../core/model';
import type { Mode, VerdictKind } from '../core/redirect';
import { SEEN_ROWS } from './limits';
import { FROM_TRACE, type ToTrace } from './trace';

export type * from './trace';
export type { MapCell, MapRow, SourceFile } from '../core/ebpf';
export type { ProgramMeasure } from '../core/model';
export type { Finding } from '../core/analysis';
export type { RuleToken } from '../core/iptables';

const ModeSchema = z.enum(['none', 'iptables', 'ebpf']);

/** Lines of the rules' texts that are on the screen: of each, ranges from a first to a last line, in their order. */
const SeenRules = z.array(
  z.object({
    family: Family,
    backend: Backend,
    lines: z.array(z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])).max(10_000),
  }),
);
export type SeenRules = z.infer<typeof SeenRules>;

/** The views of the inspector. */
export const VIEW_IDS = ['path', 'chains', 'maps', 'programs', 'trace', 'history'] as const;
export type ViewId = (typeof VIEW_IDS)[number];

/** Names one ruleset: its family and back-end. */
export interface RulesetKey {
  family: Family;
  backend: Backend;
}

export interface RuleView {
  /** The line of the ruleset's text, from 0: what counter updates name. */
  line: number;
  /** What follows `-A CHAIN `. */
  text: string;
  packets: number;
  bytes: number;
  /** True for rules that Mesh Redirect wrote. */
  ours: boolean;
}

export interface ChainView {
  name: string;
  /** `ACCEPT`, `DROP` for built-in chains, null for others. */
  policy: string | null;
  line: number;
  packets: number;
  bytes: number;
  /** True for chains that take part in redirection; shown first and unfolded. */
  redirects: boolean;
  rules: RuleView[];
}

export interface TableView {
  name: string;
  chains: ChainView[];
}

export interface RulesetView extends RulesetKey {
  tables: TableView[];
}

/** One map in the list of maps. */
export interface MapView {
  id: number;
  name: string;
  type: string;
  /** What it is for, in words, when it is one of ours. */
  purpose: string | null;
  maxEntries: number;
  memory: number;
  keySize: number;
  valueSize: number;
}

/** One program where it is attached. */
export interface ProgramView {
  id: number;
  hook: string;
  /** From 1: when the kernel runs it among those of its hook. */
  order: number;
  /** Mesh Redirect's own. */
  ours: boolean;
  /** What it does, in words, when it is one of ours. */
  purpose: string | null;
  /** What it is attached to, in words. */
  target: string;
  link: number | null;
  pin: string | null;
  name: string;
  type: string;
  tag: string;
  /** Bytes; 0 where the kernel hides it. */
  translatedSize: number;
  jitedSize: number;
  maps: { id: number; name: string }[];
}

/** A moment at which the structure of rules, hooks and maps was seen to be another. */
export interface MomentView {
  id: number;
  /** Milliseconds since the epoch, by the node's clock. */
  taken: number;
  /** What came and went since the moment before, in words. */
  changes: string;
  /** Who made it, as far as we know; null: the kernel does not tell. */
  by: string | null;
}

/** What the header shows. */
export interface Header {
  nodeId: string;
  /** The node's name for a person. */
  node: string;
  workload: string;
  workloadId: string;
  verdict: VerdictKind;
  /** What of it is missing, or whose it is, in words: those of the tree and the status bar. */
  detail: string | null;
  /** What differs from the declared mode, and what still goes on: `declared eBPF`, `draining`. */
  notes: string[];
  /** The evidence, a line each. */
  evidence: string[];
  mode: Mode;
  /** Nothing may be changed on the node. */
  readOnly: boolean;
  /** True while a switch runs. */
  switching: boolean;
}

/**
 * What the webview keeps with `setState` besides its own navigation, taken from the header: the host finds the
 * workload of a restored panel by it.
 */
export const InspectorState = z.looseObject({ nodeId: z.string(), workloadId: z.string() });
export type InspectorState = z.infer<typeof InspectorState>;

export type ToInspector =
  | ToTrace
  | { type: 'header'; header: Header }
  | {
      type: 'connection';
      state: 'connected' | 'connecting' | 'disconnected' | 'gone' | 'file';
      reason: string | null;
    }
  | { type: 'live'; paused: boolean; interval: number }
  | { type: 'rulesets'; rulesets: RulesetView[] }
  /** `seconds`: how long after the counters of these lines before they were read; null where that is not known. */
  | {
      type: 'counters';
      ruleset: RulesetKey;
      counters: [line: number, packets: number, bytes: number][];
      seconds: number | null;
    }
  /** What is wrong with the rules that `rulesets` told, whole. */
  | { type: 'findings'; rulesets: (RulesetKey & { findings: Finding[] })[] }
  | { type: 'programs'; programs: ProgramView[] }
  /** How often they have run and for how long, while the view is visible. */
  | { type: 'programStats'; programs: ProgramMeasure[] }
  /** Answers `readSource`: empty where the kernel has none. */
  | { type: 'programSource'; program: number; files: SourceFile[] }
  /** How many connections met which fate at our hooks since these were attached, by the counter's name; `seconds` as above. */
  | { type: 'hookCounts'; counts: Record<string, number>; seconds: number | null }
  | { type: 'maps'; maps: MapView[] }
  /**
   * Answers `openMap` (the first page: replaces all rows), `loadMoreRows` and, again and again, `loadAllRows` (`append`). Rows
   * are told apart by id. `more`: the map has more entries. `loading`: they follow without being asked for.
   */
  | {
      type: 'mapRows';
      map: number;
      columns: string[];
      rows: MapRow[];
      more: boolean;
      append: boolean;
      loading: boolean;
    }
  /**
   * Answers `searchMap`, again and again: `rows` of entries that were not loaded are now, because they match. `searched`: how
   * many entries were looked at besides those that were loaded. `whole`: all were; `enough`: so many match that it ended.
   */
  | {
      type: 'mapFound';
      map: number;
      filter: string;
      rows: MapRow[];
      searched: number;
      state: 'searching' | 'whole' | 'enough';
    }
  /** `set` holds changed and new rows: a row whose id is unknown is new. Only what `seeRows` names is followed. */
  | { type: 'mapChanged'; map: number; set: MapRow[]; delete: string[] }
  /** The changes of the last hour, the latest last. */
  | { type: 'history'; moments: MomentView[] }
  | { type: 'failure'; message: string; remedy: string | null };

export const FromInspector = z.discriminatedUnion('type', [
  /** The webview is ready and wants everything. Also sent after it was hidden. */
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('switchMode'), mode: ModeSchema }),
  /** What a switch would change, shown beside; nothing is changed. */
  z.object({ type: z.literal('previewSwitch'), mode: ModeSchema }),
  z.object({ type: z.literal('setPaused'), paused: z.boolean() }),
  /** Which view is visible: only what it shows is watched. */
  z.object({ type: z.literal('showView'), view: z.enum(VIEW_IDS) }),
  /** What is on the screen of the rules: only that is counted. */
  z.object({ type: z.literal('seeRules'), rules: SeenRules }),
  /** The lines of source that a program was made of. */
  z.object({ type: z.literal('readSource'), program: z.number().int().positive() }),
  z.object({ type: z.literal('openMap'), map: z.number().int().positive() }),
  z.object({ type: z.literal('loadMoreRows'), map: z.number().int().positive() }),
  /** Has the other entries loaded page by page, up to `LOADED_ROWS` in all, until `stopReading`, or another map or search. */
  z.object({ type: z.literal('loadAllRows'), map: z.number().int().positive() }),
  /** Has all entries looked through that were not loaded, until `stopReading`, or another search or map. */
  z.object({ type: z.literal('searchMap'), map: z.number().int().positive(), filter: z.string().max(1000) }),
  z.object({ type: z.literal('stopReading') }),
  /** Which rows of the open map are on the screen, by their ids: only these are followed, and the page that they are on. */
  z.object({
    type: z.literal('seeRows'),
    map: z.number().int().positive(),
    rows: z.array(z.string()).max(SEEN_ROWS),
  }),
  /** Puts a text that the inspector made into the clipboard. */
  z.object({ type: z.literal('copy'), text: z.string().max(32 * 1024 * 1024) }),
  /** Opens all rules as a text document. */
  z.object({ type: z.literal('showRules') }),
  z.object({ type: z.literal('reconnect') }),
  /** Shows two moments of `history` in the diff editor. */
  z.object({ type: z.literal('compare'), from: z.number().int(), to: z.number().int() }),
  /** The same of this workload and another one, which is asked for. */
  z.object({ type: z.literal('compareWorkload') }),
  /** What the policy means for this workload in iptables mode beside eBPF mode. */
  z.object({ type: z.literal('compareModes') }),
  z.object({ type: z.literal('exportSnapshot') }),
  ...FROM_TRACE,
]);
export type FromInspector = z.infer<typeof FromInspector>;
