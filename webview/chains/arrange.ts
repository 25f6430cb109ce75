import type { RuleToken } from '../../src/protocol/inspector';

export interface ArrangedRule {
  /** Tokens that belong together, such as an option and its values: what a packet must be like. */
  matches: RuleToken[][];
  /** The same: what becomes of it, the target and its options. */
  verdict: RuleToken[][];
  /** The texts of its comments. */
  comments: string[];
}

/**
 * A rule as it is shown: comments come after everything else, as `iptables -L` prints them. They match always,
 * so that their place among the matches says nothing.
 */
export function arrange(tokens: RuleToken[]): ArrangedRule {
  const groups: RuleToken[][] = [];
  const comments: string[] = [];
  for (const group of grouped(tokens)) {
    const [first, second] = group;
    if (first?.text === '--comment' && second?.kind === 'comment' && group.length === 2) {
      comments.push(unquoted(second.text));
      if (isCommentMatch(groups.at(-1))) groups.pop();
    } else groups.push(group);
  }
  const target = groups.findIndex((group) => group.some(({ kind }) => kind === 'target' || kind === 'jump'));
  const at = target < 0 ? groups.length : target;
  return { matches: groups.slice(0, at), verdict: groups.slice(at), comments };
}

function grouped(tokens: RuleToken[]): RuleToken[][] {
  const groups: RuleToken[][] = [];
  for (const token of tokens) {
    const last = groups.at(-1);
    const begins = token.kind === 'not' || (token.kind === 'option' && last?.at(-1)?.kind !== 'not');
    if (last && !begins) last.push(token);
    else groups.push([token]);
  }
  return groups;
}

function isCommentMatch(group: RuleToken[] | undefined): boolean {
  return group?.length === 2 && group[0]?.text === '-m' && group[1]?.text === 'comment';
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/s, '$1');
}
