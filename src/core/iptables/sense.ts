import { wordsOf } from './words';

/** Options under two names, and what iptables-save calls them. */
const NAMES: Readonly<Record<string, string>> = {
  '--to-port': '--to-ports',
  '--syn': '--tcp-flags FIN,SYN,RST,ACK SYN',
};

/** Options that decide nothing: comments, and the loading of what the other options name themselves. */
const SILENT = new Set(['--comment', '-m']);

/**
 * What a rule decides, in one spelling: two specs with the same sense do the same. Comments do not count, nor the order of
 * the options, in which versions of iptables differ.
 */
export function senseOf(spec: string): string {
  const options: { name: string; words: string[] }[] = [];
  let not = '';
  for (const { text, start } of wordsOf(spec)) {
    const last = options.at(-1);
    // A comment may look like an option.
    const isComment = last?.name === '--comment' && last.words.length === 1;
    if (!isComment && text === '!') not = '! ';
    else if (!isComment && text.startsWith('-') && spec[start] !== '"') {
      options.push({ name: text, words: [not + (NAMES[text] ?? text)] });
      not = '';
    } else last?.words.push(text);
  }
  return options
    .filter(({ name }) => !SILENT.has(name))
    .map(({ words }) => words.join(' '))
    .sort()
    .join(' ');
}
