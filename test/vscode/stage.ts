import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { onInterrupt } from '../../playground/interrupts';
import { Playground, type PlaygroundOptions } from '../../playground/playground';
import { startSshd, type Sshd } from '../../playground/sshd';
import { startVscode, type Vscode } from '../../tools/vscode-host.mjs';
import { launchBrowser } from './pages/browser';
import { Workbench } from './pages/workbench';

export interface StageOptions extends PlaygroundOptions {
  /** The extension's package. */
  vsix: string;
  /** True: the node is in the settings, and its host key in known_hosts. */
  nodeListed?: boolean;
  /** User settings of VS Code. */
  settings?: Record<string, unknown>;
  /** What lies in the opened folder: name to content. */
  files?: Record<string, string>;
  /** Of VS Code; a free one by default. */
  port?: number;
  environment?: Record<string, string>;
}

/**
 * All that the main job needs, and all of it real: two pods with an application, an sshd that leads to them, and VS
 * Code with the extension installed.
 */
export class Stage {
  readonly playground: Playground;
  readonly sshd: Sshd;
  readonly vscode: Vscode;
  #browser: Browser | null = null;
  /** Undo what was started, the last first. */
  readonly #ends: (() => Promise<void>)[];
  readonly #forget: () => void;

  private constructor(
    parts: Pick<Stage, 'playground' | 'sshd' | 'vscode'>,
    ends: (() => Promise<void>)[],
    forget: () => void,
  ) {
    this.playground = parts.playground;
    this.sshd = parts.sshd;
    this.vscode = parts.vscode;
    this.#ends = ends;
    this.#forget = forget;
  }

  static async open(options: StageOptions): Promise<Stage> {
    const ends: (() => Promise<void>)[] = [];
    const forget = onInterrupt(() => endAll(ends));
    try {
      const playground = await Playground.start(options);
      ends.push(() => playground.stop());
      const sshd = await startSshd();
      ends.push(() => sshd.stop());
      const vscode = await startVscode({
        ...options,
        machineSettings: options.nodeListed === true ? { 'meshRedirect.nodes': [nodeSetting(sshd)] } : {},
      });
      ends.push(() => vscode.stop());
      if (options.nodeListed === true) {
        await copyFile(sshd.knownHostsFile, join(vscode.home, '.ssh', 'known_hosts'));
      }
      return new Stage({ playground, sshd, vscode }, ends, forget);
    } catch (error) {
      forget();
      await endAll(ends);
      throw error;
    }
  }

  /** How a person names the node when they add it: `root@127.0.0.1:2222`. */
  get nodeAddress(): string {
    return `${this.sshd.user}@${this.sshd.host}:${this.sshd.port}`;
  }

  /** Opens VS Code in a window of its own, which has nothing of another one's. */
  async openWorkbench(): Promise<Workbench> {
    const browser = (this.#browser ??= await this.#launch());
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    return Workbench.open(context, this.vscode.url);
  }

  /** Takes all of it down. */
  async close(): Promise<void> {
    this.#forget();
    await endAll(this.#ends);
  }

  async #launch(): Promise<Browser> {
    const browser = await launchBrowser();
    this.#ends.push(() => browser.close());
    return browser;
  }
}

/** What the settings say of a node that is reached by this sshd. */
export function nodeSetting({ host, port, user, identityFile }: Sshd): Record<string, unknown> {
  return { kind: 'ssh', host, port, user, identityFile };
}

/** Each is ended even if another cannot be; the first failure is thrown in the end. */
async function endAll(ends: (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (let end = ends.pop(); end; end = ends.pop())
    await end().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
