const outbound = (excluded: readonly string[]): string =>
  [
    '-o lo ! -d 127.0.0.1/32 -m owner --uid-owner 1500 -j FSM_PROXY_IN_REDIRECT',
    '-o lo -m owner ! --uid-owner 1500 -j RETURN',
    '-m owner --uid-owner 1500 -j RETURN',
    '-d 127.0.0.1/32 -j RETURN',
    ...excluded.map((range) => `-d ${range} -j RETURN`),
    '-j FSM_PROXY_OUT_REDIRECT',
  ]
    .map((rule) => `-A FSM_PROXY_OUTBOUND ${rule}`)
    .join('\n');

/**
 * The rules that FSM's own sidecar injector writes into a pod, for `iptables-restore --noflush`: what somebody who
 * runs FSM has before they meet us. IPv4 only, without a comment, with its rule for the admin port that is never
 * reached. Not how we write rules: that is src/core/iptables.
 */
export const FSM_RULES = `*nat
:FSM_PROXY_INBOUND - [0:0]
:FSM_PROXY_IN_REDIRECT - [0:0]
:FSM_PROXY_OUTBOUND - [0:0]
:FSM_PROXY_OUT_REDIRECT - [0:0]
-A FSM_PROXY_IN_REDIRECT -p tcp -j REDIRECT --to-port 15003
-A PREROUTING -p tcp -j FSM_PROXY_INBOUND
${[15010, 15901, 15902, 15903, 15904].map((port) => `-A FSM_PROXY_INBOUND -p tcp --dport ${port} -j RETURN`).join('\n')}
-A FSM_PROXY_INBOUND -p tcp -j FSM_PROXY_IN_REDIRECT
-A FSM_PROXY_OUT_REDIRECT -p tcp -j REDIRECT --to-port 15001
-A FSM_PROXY_OUT_REDIRECT -p tcp --dport 15000 -j ACCEPT
-A OUTPUT -p tcp -j FSM_PROXY_OUTBOUND
${outbound([])}
COMMIT
`;

/** For `iptables-restore --noflush` after these: what FSM would have written for a pod that excludes these ranges. */
export const fsmExclusions = (ranges: readonly string[]): string =>
  `*nat\n-F FSM_PROXY_OUTBOUND\n${outbound(ranges)}\nCOMMIT\n`;
