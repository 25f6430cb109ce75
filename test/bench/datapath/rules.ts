export type Backend = 'nft' | 'legacy';

/**
 * Many rules that none of the bench's connections match, but every new one may be compared with:
 * - `exclusions` of the policy itself: rules in the mesh's chain; in eBPF mode a map
 * - rules of others in front of the mesh's, in the pods' `nat` table, which are `inert`: they translate nothing
 * - such that are `translating`, as kube-proxy has some for each service. For them the kernel tracks connections, and
 *   it goes through `nat` for tracked ones only; without them in iptables mode alone.
 */
export interface Unrelated {
  kind: (typeof KINDS)[number];
  count: number;
}

export const KINDS = ['exclusions', 'inert', 'translating'] as const;

/** Addresses of a network that is nobody's here. */
const address = (number: number): string => `172.20.${number >> 8}.${number & 255}`;

const each = (count: number, line: (number: number) => string): string[] =>
  Array.from({ length: count }, (_, number) => line(number));

/** So many ranges that a policy may exclude. */
export const excludedRanges = (count: number): string[] => each(count, (number) => `${address(number)}/32`);

const OTHERS_TARGETS = { inert: 'RETURN', translating: 'DNAT --to-destination 10.77.0.9:80' };

/** For `iptables-restore --noflush`: so many rules of somebody else, and none that it had before. */
export function othersRules(kind: keyof typeof OTHERS_TARGETS, count: number): string {
  const target = OTHERS_TARGETS[kind];
  return `${[
    '*nat',
    ':OTHERS - [0:0]',
    ...each(count, (number) => `-A OTHERS -d ${address(number)}/32 -p tcp -m tcp --dport 80 -j ${target}`),
    'COMMIT',
  ].join('\n')}\n`;
}

/** Has every new connection compared with the rules of somebody else, before the mesh's. */
export const OTHERS_JUMPS = `*nat
:OTHERS - [0:0]
-I PREROUTING -j OTHERS
-I OUTPUT -j OTHERS
COMMIT
`;
