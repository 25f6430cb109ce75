import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' });
}

/** Network namespaces in a row: each one reaches its neighbours and nobody else, and this machine reaches the first. */
export class Row {
  readonly #prefix: string;
  readonly #subnet: number;
  readonly #count: number;

  /** @param subnet the first of `count` networks 10.213.N.0/24 */
  constructor(prefix: string, subnet: number, count: number) {
    this.#prefix = prefix;
    this.#subnet = subnet;
    this.#count = count;
    this.remove();
    for (let number = 1; number <= count; number++) this.#add(number);
  }

  /** The name of one in /run/netns, from 1. */
  netns(number: number): string {
    return `${this.#prefix}-${number}`;
  }

  /** Where the one before it reaches it. */
  address(number: number): string {
    return `10.213.${this.#subnet + number - 1}.2`;
  }

  /** Also what was left over where the last run was killed; the links go with it. */
  remove(): void {
    for (let number = 1; number <= this.#count; number++) {
      const name = this.netns(number);
      if (existsSync(`/run/netns/${name}`)) ip('netns', 'del', name);
    }
  }

  #add(number: number): void {
    const name = this.netns(number);
    const [near, far] = [`${this.#prefix}-n${number}`, `${this.#prefix}-f${number}`];
    const before = number === 1 ? [] : ['-n', this.netns(number - 1)];
    ip('netns', 'add', name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip(...before, 'link', 'add', near, 'type', 'veth', 'peer', 'name', far, 'netns', name);
    ip(...before, 'addr', 'add', this.address(number).replace(/2$/, '1/24'), 'dev', near);
    ip(...before, 'link', 'set', near, 'up');
    ip('-n', name, 'addr', 'add', `${this.address(number)}/24`, 'dev', far);
    ip('-n', name, 'link', 'set', far, 'up');
  }
}
