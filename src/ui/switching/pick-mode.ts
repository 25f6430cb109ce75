import * as vscode from 'vscode';
import type { Mode } from '../../core/redirect';
import type { WorkloadEntry } from '../nodes/workload-entry';
import { modeName, verdictLook } from '../tree/verdict-look';
import { showList } from '../show-list';

const MODES: readonly Mode[] = ['ebpf', 'iptables', 'none'];

/** Asks for the mode to look at; the one that is declared comes last. Undefined if given up. */
export async function pickMode(workload: WorkloadEntry): Promise<Mode | undefined> {
  const { declared } = workload;
  const items = [...MODES.filter((mode) => mode !== declared), ...(declared === null ? [] : [declared])].map(
    (mode) => ({
      label: mode === 'none' ? 'No redirection' : modeName(mode),
      description: mode === declared ? 'as it is now' : '',
      iconPath: new vscode.ThemeIcon(verdictLook(mode).icon),
      mode,
    }),
  );
  const placeHolder = `What ${workload.label} would be switched to`;
  return (await showList(items, { placeHolder }))?.mode;
}
