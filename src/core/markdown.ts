/** What comes from a node is text in Markdown, whatever it looks like: never a link, a picture or a cell of its own. */
export const plain = (text: string): string =>
  text.replace(/[\\`*_{}[\]<>()#!|&~]/g, (special) => `&#${special.charCodeAt(0)};`).replace(/\s+/g, ' ');

/** A table, a row a line; the cells are Markdown already. */
export const markdownTable = (columns: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
