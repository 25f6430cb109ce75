import { REDIRECT_HOOKS, type RedirectHook } from '../model';
import { rulesName } from './rule-state';
import type { Tool } from './tool';

/** The parts of a text that says what redirects a workload, for the diff editor: both sides have the same ones. */
export const HOOKS = 'Hooks of eBPF mode';
export const MAPS = 'What the maps of the hooks say';
export const rulesTitle = (tool: Tool): string => `${rulesName(tool)}, table nat`;

export function section(title: string, lines: readonly string[]): string[] {
  return [`# ${title}`, ...lines, ''];
}

export const hookLines = (attached: ReadonlySet<RedirectHook>): string[] =>
  REDIRECT_HOOKS.map((hook) => `${hook.padEnd(12)} ${attached.has(hook) ? 'attached' : '-'}`);

export const textOf = (...sections: readonly string[][]): string =>
  `${sections.flat().join('\n').trimEnd()}\n`;
