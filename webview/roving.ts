import type { ReactiveController } from 'lit';
import type { View } from './element';

/**
 * One stop of the Tab key for a list: the arrow keys, Home and End move inside it (the "roving tabindex" of the ARIA
 * authoring practices). The list's items match `selector`; which of them is the stop is not kept by templates.
 */
export class RovingFocus implements ReactiveController {
  readonly #view: View;
  readonly #selector: string;
  #stop: HTMLElement | null = null;

  constructor(view: View, selector: string) {
    this.#view = view;
    this.#selector = selector;
    view.addController(this);
    view.addEventListener('focusin', (event) => {
      const item = this.itemOf(event.target);
      if (item) this.#makeStop(item);
    });
  }

  hostUpdated(): void {
    if (this.#stop?.isConnected && this.#view.contains(this.#stop)) return;
    const first = this.#items()[0];
    if (first) this.#makeStop(first);
  }

  /** The item that an event happened in. */
  itemOf(target: EventTarget | null): HTMLElement | null {
    return target instanceof Element ? target.closest<HTMLElement>(this.#selector) : null;
  }

  focus(item: HTMLElement | null): void {
    if (!item) return;
    this.#makeStop(item);
    item.focus();
  }

  /** Moves the focus if the key is one of ours. Gives whether it was. */
  handleKey(event: KeyboardEvent): boolean {
    const from = this.itemOf(event.target);
    if (!from || event.altKey || event.ctrlKey || event.metaKey) return false;
    const items = this.#items();
    const at = items.indexOf(from);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined) return false;
    event.preventDefault();
    this.focus(items[to] ?? null);
    return true;
  }

  #items(): HTMLElement[] {
    return [...this.#view.querySelectorAll<HTMLElement>(this.#selector)];
  }

  #makeStop(item: HTMLElement): void {
    if (this.#stop && this.#stop !== item) this.#stop.tabIndex = -1;
    item.tabIndex = 0;
    this.#stop = item;
  }
}
