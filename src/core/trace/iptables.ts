import type { Ruleset, Table } from '../iptables';
import type { Policy } from '../policy';
import type { Connection, Trace, TraceEnd, TraceStep } from './connection';
import { matchRule, type RuleMatch } from './match';

/** Targets after which the next rule is asked. */
const GOES_ON = new Set(['LOG', 'NFLOG', 'MARK', 'CONNMARK', 'TRACE', 'AUDIT']);

/** More chains within each other than the kernel allows are taken for a loop. */
const DEEPEST = 64;

/** Walks the built-in chain of `nat` that a connection's first packet passes, and all that it leads to. */
class Walk {
  readonly steps: TraceStep[] = [];
  readonly #nat: Table | undefined;
  readonly #connection: Connection;
  readonly #policy: Policy;

  constructor(nat: Table | undefined, connection: Connection, policy: Policy) {
    this.#nat = nat;
    this.#connection = connection;
    this.#policy = policy;
  }

  /** Where it ends; null if the chain came to its end without a decision. */
  chain(name: string, depth = 0): TraceEnd | null {
    if (depth > DEEPEST) return { kind: 'unknown', reason: `chain ${name} leads to itself` };
    for (const [index, { spec }] of (this.#nat?.chains.get(name)?.rules ?? []).entries()) {
      const rule = matchRule(spec, this.#connection);
      const step: TraceStep = {
        ...{ place: name, text: spec, rule: index + 1 },
        ...{ matched: rule.matched, decides: false },
      };
      this.steps.push(step);
      if (rule.matched === false || rule.target === null) continue;
      if (rule.matched === null) {
        if (GOES_ON.has(rule.target)) continue;
        return this.#decided(step, {
          kind: 'unknown',
          reason: `a rule of ${name} asks what we do not know`,
        });
      }
      if (rule.target === 'RETURN') return null;
      if (GOES_ON.has(rule.target)) continue;
      const end = this.#nat?.chains.has(rule.target)
        ? this.chain(rule.target, depth + 1)
        : this.#decided(step, this.#endOf(rule.target, rule));
      if (end !== null || rule.goto) return end;
    }
    return null;
  }

  #decided(step: TraceStep, end: TraceEnd): TraceEnd {
    step.decides = true;
    return end;
  }

  #endOf(target: string, { options }: RuleMatch): TraceEnd {
    const value = (name: string): string => options[options.indexOf(name) + 1] ?? '';
    switch (target) {
      case 'ACCEPT':
        return { kind: 'direct' };
      case 'REDIRECT': {
        const port = Number(/^\d+/.exec(value('--to-ports'))?.[0] ?? this.#connection.destinationPort);
        return { kind: 'sidecar', port, side: sideOf(port, this.#policy) };
      }
      case 'DNAT': {
        const [, address = '', port] =
          /^\[?([0-9a-f.:]*?)\]?(?::(\d+))?$/i.exec(value('--to-destination')) ?? [];
        const kept = this.#connection.destinationPort;
        return { kind: 'rewritten', destination: address, port: port === undefined ? kept : Number(port) };
      }
      default:
        return { kind: 'unknown', reason: `we do not know the target ${target}` };
    }
  }
}

/** Which of the sidecar's ports it is; null if none. */
const sideOf = (port: number, policy: Policy): 'inbound' | 'outbound' | null =>
  port === policy.inboundPort ? 'inbound' : port === policy.outboundPort ? 'outbound' : null;

/** The way of a connection's first packet through the rules of one family. */
export function traceRules(ruleset: Ruleset, policy: Policy, connection: Connection): Trace {
  const nat = ruleset.tables.find(({ name }) => name === 'nat');
  const walk = new Walk(nat, connection, policy);
  // What comes in over lo was decided in OUTPUT, when it was sent.
  const passes = connection.direction === 'inbound' && connection.interface === 'lo';
  const end = passes ? null : walk.chain(connection.direction === 'inbound' ? 'PREROUTING' : 'OUTPUT');
  return { steps: walk.steps, end: end ?? { kind: 'direct' } };
}
