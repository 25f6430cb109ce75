/** What can be said about a rule or a chain without seeing a packet. */
export type FindingKind =
  /** A rule that comes after one that ends the chain for every packet. */
  | 'dead'
  /** A rule whose packets are all taken by one rule before it. */
  | 'shadowed'
  /** FSM's exception for the admin port, which comes after the rule that redirects. */
  | 'dead-admin-rule'
  /** A second jump to a chain for the same packets. */
  | 'duplicate-jump'
  /** A jump to a chain that is not there. */
  | 'missing-chain'
  /** A chain that no rule leads to. */
  | 'unused-chain'
  /** A chain to which only rules lead that no packet comes to. */
  | 'unreachable-chain'
  /** A rule of a redirection that only one family has. */
  | 'missing-twin'
  /** A rule that leads to a port of this namespace where nobody listens. */
  | 'no-listener';

/** Where in the text of a ruleset. */
export interface FindingPlace {
  table: string;
  chain: string;
  /** From 0; of the chain's own line where `rule` is null, -1 if it has none. */
  line: number;
  /** From 1, as `iptables -L --line-numbers` counts; null for the chain itself. */
  rule: number | null;
}

export interface Finding {
  kind: FindingKind;
  /** False where a match or a target that we do not model could make it untrue; `reason` then says which. */
  certain: boolean;
  place: FindingPlace;
  /** What is so, as a sentence. */
  message: string;
  /** Why, as one or more sentences. */
  reason: string;
  /** The rule or chain that it comes from, in the same text. */
  cause: FindingPlace | null;
}
