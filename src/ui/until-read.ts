/** In less time nobody has read a list, let alone given it up. Milliseconds. */
const UNREAD = 500;
/** What is taken away so often is meant to be. */
const TIMES = 3;

/**
 * Shows a list, and again where it is gone before anybody can have read it: where a webview is in front, VS Code gives the
 * keyboard back to it when the palette closes. That takes effect late, and takes away the list that the command has just
 * shown.
 * @param show as `showQuickPick`: resolves with undefined where nothing was picked
 */
export async function untilRead<T>(show: () => Thenable<T | undefined>): Promise<T | undefined> {
  for (let times = 1; ; times += 1) {
    const shown = performance.now();
    const picked = await show();
    if (picked !== undefined || times === TIMES || performance.now() - shown > UNREAD) return picked;
  }
}
