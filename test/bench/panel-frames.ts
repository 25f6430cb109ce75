import type { Frame } from 'playwright-core';

/** How long the frames of a page were while something went on. */
export interface Frames {
  count: number;
  /** Of them, those of more than 50 ms. */
  over50: number;
  /** Milliseconds. */
  longest: number;
}

/**
 * What a person does in each of many frames: nothing, scroll a little, drag the scrollbar anywhere, type into the filter. Plain:
 * a page that has as many lines of text as the panel has rows, and nothing else, has them all anew.
 */
export type Doing = 'resting' | 'plain' | 'scrolling' | 'jumping' | 'filtering';

/** What tsx calls for the functions that are sent to a page. */
export const TSX_HELPER = 'globalThis.__name = (made) => made;';

/** Has the rule inspector in `frame` do something in each of `count` frames. */
export async function framesWhile(frame: Frame, doing: Doing, count: number): Promise<Frames> {
  await frame.evaluate(TSX_HELPER);
  return frame.evaluate(
    async ({ doing, count }) => {
      const field = document.querySelector<HTMLInputElement>('.filter');
      const list = (): Element | null => document.querySelector('mr-chains mr-virtual-list');
      const next = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      const all = list()?.scrollHeight ?? 0;
      const page = document.createElement('pre');
      page.style.cssText =
        'position: fixed; inset: 0; z-index: 9; margin: 0; background: black; color: white';
      const lines = document.querySelectorAll('mr-chains .rows > *').length;
      const line = (at: number, of: number): Element => {
        const made = document.createElement('div');
        made.textContent = `-A CHAIN-${of} -p tcp -m tcp --dport ${at} -j TARGET-${at * lines + of}`;
        return made;
      };
      const steps: Record<typeof doing, (at: number) => void> = {
        resting: () => undefined,
        plain: (at) => {
          page.replaceChildren(...Array.from({ length: lines }, (_, of) => line(at, of)));
        },
        scrolling: (at) => list()?.scrollTo({ top: at * 200 }),
        jumping: (at) => list()?.scrollTo({ top: ((at * 7919) % count) * (all / count) }),
        filtering: (at) => {
          const text = 'service-1234:http';
          if (!field) return;
          field.value = text.slice(0, at % (text.length + 1));
          field.dispatchEvent(new Event('input', { bubbles: true }));
        },
      };
      if (doing === 'plain') document.body.append(page);
      const durations: number[] = [];
      let before = await next();
      for (let at = 0; at < count; at++) {
        steps[doing](at);
        const now = await next();
        // Three refreshes of the screen take 50 ms, and are told as up to 0.1 ms more.
        durations.push(Math.round(now - before));
        before = now;
      }
      page.remove();
      const over50 = durations.filter((each) => each > 50).length;
      return { count, over50, longest: Math.max(...durations) };
    },
    { doing, count },
  );
}
