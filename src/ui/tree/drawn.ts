import * as vscode from 'vscode';

/** How a row was drawn. */
interface Drawing {
  look: string;
  below: readonly object[];
}

/**
 * Remembers how rows were drawn, so that none is drawn anew that looks as before. Each drawing gives the keyboard back to
 * the view that had it a moment ago (`doRefresh` of VS Code's tree), and a menu or a list that was just opened is gone.
 */
export class Drawn<T extends object> {
  readonly #drawings = new WeakMap<T, Drawing>();

  /** @param below the elements below it */
  drew(element: T, item: vscode.TreeItem, below: readonly T[]): void {
    this.#drawings.set(element, { look: lookOf(item), below });
  }

  /** Whether it would now look other than it was drawn. What was never drawn is drawn when what it is in is opened. */
  differs(element: T, item: vscode.TreeItem, below: readonly T[]): boolean {
    const drawing = this.#drawings.get(element);
    if (!drawing) return false;
    const sameBelow =
      drawing.below.length === below.length && below.every((one, at) => one === drawing.below[at]);
    return !sameBelow || drawing.look !== lookOf(item);
  }
}

function lookOf(item: vscode.TreeItem): string {
  const { label, description, iconPath, contextValue, collapsibleState, accessibilityInformation } = item;
  const tooltip = item.tooltip instanceof vscode.MarkdownString ? item.tooltip.value : item.tooltip;
  const seen = [label, description, iconPath, contextValue, collapsibleState, accessibilityInformation];
  return JSON.stringify([...seen, tooltip]);
}
