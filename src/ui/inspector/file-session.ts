import { mapNames, mapTable, withNames } from '../../core/ebpf';
import type { SnapshotFile } from '../../core/history';
import { DEFAULT_POLICY } from '../../core/policy';
import { verdictOf } from '../../core/redirect';
import type { FromInspector, ToInspector } from '../../protocol/inspector';
import { Disposable } from '../dispose';
import { verdictLines, verdictWords } from '../tree/verdict-look';
import { ChainsView } from './chains';
import { mapViews } from './maps';
import type { PanelSession } from './panel';
import { programViews } from './programs';

/** Shows a snapshot from a file: everything that can be shown without its node. */
export class FileSession extends Disposable implements PanelSession {
  readonly #file: SnapshotFile;
  readonly #id: string;
  readonly #copy: (text: string) => void;
  readonly #post: (message: ToInspector) => void;

  /** `id` is what the panel is found by after a reload of the window. */
  constructor(
    file: SnapshotFile,
    id: string,
    copy: (text: string) => void,
    post: (message: ToInspector) => void,
  ) {
    super();
    this.#file = file;
    this.#id = id;
    this.#copy = copy;
    this.#post = post;
  }

  receive(message: FromInspector): void {
    if (message.type === 'ready') this.#begin();
    else if (message.type === 'openMap') this.#openMap(message.map);
    else if (message.type === 'copy') this.#copy(message.text);
    // All else is offered only where there is a node.
  }

  hidden(): void {
    // Nothing goes on.
  }

  #begin(): void {
    const { snapshot, node, workload } = this.#file;
    const verdict = verdictOf(snapshot, DEFAULT_POLICY);
    const { detail } = verdictWords(verdict, null);
    const taken = new Date(snapshot.taken).toLocaleString();
    const chains = new ChainsView();
    this.#post({
      type: 'header',
      header: {
        ...{ nodeId: this.#id, workloadId: snapshot.workload.id, node, workload },
        ...{ verdict: verdict.kind, detail, notes: [], evidence: verdictLines(verdict) },
        mode: verdict.kind === 'iptables' || verdict.kind === 'ebpf' ? verdict.kind : 'none',
        switching: false,
        readOnly: true,
      },
    });
    this.#post({ type: 'connection', state: 'file', reason: `It was taken on ${taken}.` });
    for (const message of chains.whole(snapshot.rulesets)) this.#post(message);
    this.#post({ type: 'programs', programs: programViews(snapshot) });
    this.#post({ type: 'maps', maps: mapViews(snapshot.maps) });
    this.#post(chains.findings(snapshot));
  }

  #openMap(id: number): void {
    const page = this.#file.maps.find(({ map }) => map.id === id);
    if (!page) return;
    const table = mapTable(page);
    const names = mapNames(this.#file.snapshot.workload);
    this.#post({
      ...{ type: 'mapRows', map: id, columns: table.columns, more: false, append: false, loading: false },
      rows: page.entries
        .flatMap((entry) => table.rowsOf(entry))
        .map((row) => withNames(table.columns, row, names)),
    });
  }
}
