import * as vscode from 'vscode';
import { snapshotFileText } from '../../core/history';
import type { MapPage } from '../../core/model';
import type { WorkloadEntry } from '../nodes/workload-entry';

/** Entries of each map that are written: what is more is left out. */
const ENTRIES = 10_000;

/** What a person is offered as a file's name: without what file systems refuse. */
const fileName = (workload: WorkloadEntry): string =>
  `${workload.label.replaceAll(/[^\w.-]+/g, '-')}.mesh-snapshot.json`;

/** Writes a workload as it is now to a file that is asked for. Gives the file; null where the person gave up. */
export async function exportSnapshot(workload: WorkloadEntry): Promise<vscode.Uri | null> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    title: `Export a snapshot of ${workload.label}`,
    filters: { 'Snapshots of Mesh Redirect': ['json'] },
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, fileName(workload)) } : {}),
  });
  if (!target) return null;
  const { agent } = workload.node.connection();
  const snapshot = await agent.request('snapshot', { workload: workload.id });
  const maps: MapPage[] = [];
  for (const { id } of snapshot.maps) {
    maps.push(await agent.request('maps/dump', { map: id, cursor: null, limit: ENTRIES }));
  }
  const text = snapshotFileText({ node: workload.node.node.label, workload: workload.label, snapshot, maps });
  await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(text));
  return target;
}
