import * as vscode from 'vscode';
import { EVERY, type PolicySource } from '../../core/policy';
import { Disposable } from '../dispose';

/** Policy files of a workspace. */
export const POLICY_FILES = '**/*.mesh-redirect.{yaml,yml,json}';
const IGNORED = '**/node_modules/**';

/** What the policy files of the workspace say, as they are on the disk. An untrusted workspace says nothing. */
export class PolicyFiles extends Disposable {
  readonly #changed = this._register(new vscode.EventEmitter<void>());
  readonly onDidChange = this.#changed.event;
  #sources: Promise<readonly PolicySource[]>;

  constructor() {
    super();
    this.#sources = readAll();
    const reload = () => {
      this.#sources = readAll();
      this.#changed.fire();
    };
    const watcher = this._register(vscode.workspace.createFileSystemWatcher(POLICY_FILES));
    this._register(watcher.onDidCreate(reload));
    this._register(watcher.onDidChange(reload));
    this._register(watcher.onDidDelete(reload));
    this._register(vscode.workspace.onDidGrantWorkspaceTrust(reload));
    this._register(vscode.workspace.onDidChangeWorkspaceFolders(reload));
  }

  /** In the order of the files' names. */
  sources(): Promise<readonly PolicySource[]> {
    return this.#sources;
  }
}

async function readAll(): Promise<PolicySource[]> {
  if (!vscode.workspace.isTrusted || !vscode.workspace.workspaceFolders?.length) return [];
  const files = await vscode.workspace.findFiles(POLICY_FILES, IGNORED);
  const sorted = files.sort((a, b) => a.path.localeCompare(b.path));
  return (await Promise.all(sorted.map(readOne))).flat();
}

/** The parser of YAML is loaded here: only where there is such a file. */
async function readOne(uri: vscode.Uri): Promise<PolicySource[]> {
  const name = vscode.workspace.asRelativePath(uri);
  const { readPolicyFile } = await import('../../core/policy-file');
  try {
    const bytes = await vscode.workspace.fs.readFile(uri);
    return readPolicyFile(new TextDecoder().decode(bytes), name).sources;
  } catch (error) {
    if (error instanceof vscode.FileSystemError && error.code === 'FileNotFound') return [];
    const message = error instanceof Error ? error.message : String(error);
    const remedy = 'Make the file readable, or remove it.';
    const problems = [{ severity: 'error' as const, path: '', message, remedy }];
    return [{ name, rank: 'file', selector: EVERY, settings: null, problems, place: (path) => path }];
  }
}
