import type { RulesetText } from '../../../src/core/model';
import type { WatchChanged } from '../../../src/nodes/agent/protocol';

/** Without comments, which have the time in them. */
export const withoutComments = (text: string): string => text.replace(/^#.*\n/gm, '');

/** What a watch has told of rules, put together as its client does it. */
export class Followed {
  readonly #texts = new Map<string, string[]>();

  take({ rulesets }: WatchChanged): void {
    for (const change of rulesets ?? []) {
      const key = `${change.family}/${change.backend}`;
      if ('text' in change) {
        this.#texts.set(key, change.text.split('\n'));
        continue;
      }
      const lines = this.#texts.get(key) ?? [];
      for (const [line, packets, bytes] of change.counters) {
        lines[line] = (lines[line] ?? '').replace(/\[\d+:\d+\]/, `[${packets}:${bytes}]`);
      }
    }
  }

  /** As iptables-save -c would print it, without comments. */
  text({ family, backend }: Omit<RulesetText, 'text'>): string {
    return withoutComments(this.#texts.get(`${family}/${backend}`)?.join('\n') ?? '');
  }
}
