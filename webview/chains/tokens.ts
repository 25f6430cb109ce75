import type { RuleToken } from '../../src/protocol/inspector';
import { arrange } from './arrange';

/**
 * A rule in its pieces, coloured by kind: what it matches, what becomes of it, its comments. A chain's name is a link; the
 * keyboard follows it with Enter on the row. Made of elements by hand: a template would have as many markers again, and
 * rules come by the screen when one scrolls.
 */
export function ruleWords(tokens: RuleToken[], follow: (chain: string) => void): DocumentFragment {
  const { matches, verdict, comments } = arrange(tokens);
  const words = document.createDocumentFragment();
  const part = (look: string, groups: readonly RuleToken[][]): void => {
    const pieces = groups.flat().flatMap((token) => [' ', piece(token, follow)]);
    if (pieces.length > 0) words.append(element('span', look, ...pieces.slice(1)), ' ');
  };
  part('matches', matches);
  const jumps = verdict.flat().some(({ kind }) => kind === 'jump');
  part(jumps ? 'verdict jumps' : 'verdict', verdict);
  for (const comment of comments) words.append(element('span', 'comment isolated', `/* ${comment} */`), ' ');
  return words;
}

function piece({ kind, text }: RuleToken, follow: (chain: string) => void): HTMLElement | string {
  const isolated = isAscii(text) ? '' : ' isolated';
  if (kind === 'value' && isolated === '') return text;
  if (kind !== 'jump') return element('span', `${kind}${isolated}`, text);
  const jump = element('button', `jump link${isolated}`, text);
  jump.setAttribute('role', 'link');
  jump.type = 'button';
  jump.tabIndex = -1;
  jump.title = `Go to chain ${text} (Enter)`;
  // Its row would take the focus, unfold and draw the link away from under the mouse, and there would be no click.
  jump.addEventListener('mousedown', (event) => {
    event.preventDefault();
  });
  jump.addEventListener('click', () => {
    follow(text);
  });
  return jump;
}

/** Of what is written from the right, the pieces beside it must not be turned round: it is told apart from them. */
const isAscii = (text: string): boolean => !/[^\x20-\x7e]/.test(text);

function element<Name extends 'span' | 'button'>(
  name: Name,
  look: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.className = look;
  made.append(...content);
  return made;
}
