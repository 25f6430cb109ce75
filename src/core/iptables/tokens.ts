import { targetOf, wordsOf, type Word } from './words';

/** A piece of a rule, for colouring. `jump` values are chain names that can be followed. */
export interface RuleToken {
  kind:
    'option' | 'value' | 'address' | 'port' | 'interface' | 'match' | 'target' | 'jump' | 'comment' | 'not';
  text: string;
}

const VALUE_KINDS: Record<string, RuleToken['kind']> = {
  '-s': 'address',
  '-d': 'address',
  '--src-range': 'address',
  '--dst-range': 'address',
  '--to-source': 'address',
  '--to-destination': 'address',
  '--sport': 'port',
  '--dport': 'port',
  '--sports': 'port',
  '--dports': 'port',
  '--ports': 'port',
  '--to-ports': 'port',
  '-i': 'interface',
  '-o': 'interface',
  '-m': 'match',
  '-j': 'target',
  '-g': 'target',
  '--comment': 'comment',
};

function kindOf(word: Word, quoted: boolean, option: string | null): RuleToken['kind'] {
  if (!quoted && word.text === '!') return 'not';
  if (!quoted && word.text.startsWith('-') && option !== '--comment') return 'option';
  return (option === null ? undefined : VALUE_KINDS[option]) ?? 'value';
}

/**
 * The pieces of a rule, in order, whose texts joined by one blank are the rule. `isChain` tells chains from extensions.
 * Takes the spec of a rule (`Rule.spec`).
 */
export function tokensOf(spec: string, isChain: (name: string) => boolean): RuleToken[] {
  const target = targetOf(spec);
  let option: string | null = null;
  return wordsOf(spec).map((word): RuleToken => {
    const text = spec.slice(word.start, word.end);
    const kind = kindOf(word, text.startsWith('"'), option);
    if (kind === 'option') option = word.text;
    else if (kind !== 'not') option = null;
    const jumps = kind === 'target' && target?.name === word.text && isChain(word.text);
    return { kind: jumps ? 'jump' : kind, text };
  });
}
