import type { Frame } from 'playwright-core';

/** How long the frames of a page were while something went on. */
export interface Frames {
  count: number;
  /** Of them, those of more than 50 ms. */
  over50: number;
  /** Milliseconds. */
  longest: number;
}

/** What a person does in each of many frames: nothing, scroll a little, drag the scrollbar anywhere, type into the filter. */
export type Doing = 'resting' | 'scrolling' | 'jumping' | 'filtering';

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
      const steps: Record<typeof doing, (at: number) => void> = {
        resting: () => undefined,
        scrolling: (at) => list()?.scrollTo({ top: at * 200 }),
        jumping: (at) => list()?.scrollTo({ top: ((at * 7919) % count) * (all / count) }),
        filtering: (at) => {
          const text = 'service-1234:http';
          if (!field) return;
          field.value = text.slice(0, at % (text.length + 1));
          field.dispatchEvent(new Event('input', { bubbles: true }));
        },
      };
      const durations: number[] = [];
      let before = await next();
      for (let at = 0; at < count; at++) {
        steps[doing](at);
        const now = await next();
        durations.push(now - before);
        before = now;
      }
      const over50 = durations.filter((each) => each > 50).length;
      return { count, over50, longest: Math.max(...durations) };
    },
    { doing, count },
  );
}
