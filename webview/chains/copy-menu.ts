import { html, type TemplateResult } from 'lit';
import { customElement } from 'lit/decorators.js';
import { View } from '../element';
import { RovingFocus } from '../roving';
import { COPY_FORMATS, type CopyFormat } from './copy-text';

/** The formats to copy a row in. Opened beside what it is for; Escape, or anything outside of it, closes it. */
@customElement('mr-copy-menu')
export class CopyMenu extends View {
  readonly #roving = new RovingFocus(this, '[role=menuitem]');
  #chosen: ((format: CopyFormat | null) => void) | null = null;

  constructor() {
    super();
    this.popover = 'auto';
    this.addEventListener('keydown', (event) => {
      event.stopPropagation();
      if (event.key === 'Tab') this.hidePopover();
      else if (!this.#roving.handleKey(event) && (event.key === 'Enter' || event.key === ' ')) {
        event.preventDefault();
        this.#roving.itemOf(event.target)?.click();
      }
    });
    this.addEventListener('toggle', (event) => {
      if (event.newState === 'closed') this.#end(null);
    });
  }

  /** Opens at a point of the window. Resolves with what was chosen; null if nothing was. */
  ask(x: number, y: number): Promise<CopyFormat | null> {
    this.#end(null);
    this.showPopover();
    const { width, height } = this.getBoundingClientRect();
    this.style.left = `${Math.max(0, Math.min(x, window.innerWidth - width))}px`;
    this.style.top = `${Math.max(0, Math.min(y, window.innerHeight - height))}px`;
    this.#roving.focus(this.querySelector('[role=menuitem]'));
    return new Promise((resolve) => {
      this.#chosen = resolve;
    });
  }

  override render(): TemplateResult {
    return html`<div role="menu" aria-label="Copy">
      ${Object.entries(COPY_FORMATS).map(
        ([format, label]) =>
          html`<div
            role="menuitem"
            tabindex="-1"
            data-format=${format}
            @click=${() => {
              this.#end(format as CopyFormat);
              this.hidePopover();
            }}
          >
            ${label}
          </div>`,
      )}
    </div>`;
  }

  #end(format: CopyFormat | null): void {
    const chosen = this.#chosen;
    this.#chosen = null;
    chosen?.(format);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'mr-copy-menu': CopyMenu;
  }
}
