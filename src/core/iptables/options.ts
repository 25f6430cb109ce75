import { wordsOf } from './words';

/** One option of a rule with what is said of it: `! --dport 80` as `{ not: true, name: '--dport', values: ['80'] }`. */
export interface RuleOption {
  not: boolean;
  /** The name under which iptables-save prints it. */
  name: string;
  values: string[];
}

/** Options under two names, and what iptables-save calls them (iptables(8)). */
const NAMES: Readonly<Record<string, string>> = {
  '--protocol': '-p',
  '--source': '-s',
  '--src': '-s',
  '--destination': '-d',
  '--dst': '-d',
  '--in-interface': '-i',
  '--out-interface': '-o',
  '--match': '-m',
  '--jump': '-j',
  '--goto': '-g',
  '--source-port': '--sport',
  '--destination-port': '--dport',
  '--source-ports': '--sports',
  '--destination-ports': '--dports',
  '--to-port': '--to-ports',
};

/** The options of a rule, in their order. Takes its spec (`Rule.spec`); words before the first option are passed over. */
export function optionsOf(spec: string): RuleOption[] {
  const options: RuleOption[] = [];
  let not = false;
  for (const { text, start } of wordsOf(spec)) {
    const last = options.at(-1);
    // A comment may look like an option.
    const isComment = last?.name === '--comment' && last.values.length === 0;
    if (!isComment && text === '!') not = true;
    else if (!isComment && text.startsWith('-') && spec[start] !== '"') {
      options.push(
        text === '--syn'
          ? { not, name: '--tcp-flags', values: ['FIN,SYN,RST,ACK', 'SYN'] }
          : { not, name: NAMES[text] ?? text, values: [] },
      );
      not = false;
    } else last?.values.push(text);
  }
  return options;
}
