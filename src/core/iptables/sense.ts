import { optionsOf } from './options';

/** Options that decide nothing: comments, and the loading of what the other options name themselves. */
const SILENT = new Set(['--comment', '-m']);

/**
 * What a rule decides, in one spelling: two specs with the same sense do the same. Comments do not count, nor the order of
 * the options, in which versions of iptables differ.
 */
export function senseOf(spec: string): string {
  return optionsOf(spec)
    .filter(({ name }) => !SILENT.has(name))
    .map(({ not, name, values }) => [not ? `! ${name}` : name, ...values].join(' '))
    .sort()
    .join(' ');
}
