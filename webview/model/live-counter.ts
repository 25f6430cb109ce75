import { Signal } from '../signal';
import { Rate } from './rate';

export interface Counter {
  packets: number;
  bytes: number;
}

/** A counter that changes on its own, and how fast it grew; null until it did. */
export class LiveCounter extends Signal<Counter> {
  rate: Rate | null = null;

  /** `seconds` is the time since it was read before, `at` the present one in seconds; null: not known. */
  count(counter: Counter, seconds: number | null, at: number): void {
    const grown = counter.packets - this.value.packets;
    if (grown > 0 && seconds !== null) {
      this.rate ??= new Rate();
      this.rate.add(at, seconds, grown);
    }
    if (grown !== 0 || counter.bytes !== this.value.bytes) this.set(counter);
  }
}
