import { LitElement, type ReactiveController } from 'lit';
import type { Readable } from './signal';

/**
 * The base of all views. They render without shadow roots: rows stay cheap when there are many, `role`s see their
 * parents, and one style sheet (inspector.css) serves all of them.
 */
export abstract class View extends LitElement {
  protected override createRenderRoot(): this {
    return this;
  }

  /** Renders again whenever one of these signals changes. Asked before each render: they may differ by then. */
  protected follow(signals: () => Readable<unknown>[]): void {
    this.addController(new Following(this, signals));
  }
}

class Following implements ReactiveController {
  readonly #view: View;
  readonly #signals: () => Readable<unknown>[];
  #followed: Readable<unknown>[] = [];
  #ends: (() => void)[] = [];

  constructor(view: View, signals: () => Readable<unknown>[]) {
    this.#view = view;
    this.#signals = signals;
  }

  hostConnected(): void {
    this.#begin();
    this.#view.requestUpdate();
  }

  hostDisconnected(): void {
    this.#end();
  }

  hostUpdate(): void {
    const signals = this.#signals();
    const same = signals.length === this.#followed.length && signals.every((s, i) => s === this.#followed[i]);
    if (same || !this.#view.isConnected) return;
    this.#end();
    this.#begin();
  }

  #begin(): void {
    this.#followed = this.#signals();
    this.#ends = this.#followed.map((signal) =>
      signal.subscribe(() => {
        this.#view.requestUpdate();
      }),
    );
  }

  #end(): void {
    for (const end of this.#ends) end();
    this.#ends = [];
    this.#followed = [];
  }
}
