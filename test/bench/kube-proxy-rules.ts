/** Characters of the names that kube-proxy makes from hashes. */
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const ENDPOINTS = 3;
/** Rules that one service with its endpoints takes. */
const RULES_PER_SERVICE = 2 + 3 * ENDPOINTS;

/** Sixteen characters, the same ones for the same number. */
function hashed(number: number): string {
  let rest = number * 2_654_435_761 + 97;
  let name = '';
  for (let position = 0; position < 16; position += 1) {
    name += LETTERS.charAt(rest % 32);
    rest = Math.floor(rest / 32) + position * 31 + number;
  }
  return name;
}

const address = (number: number, first: number): string =>
  `${first}.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;

/**
 * About so many rules as kube-proxy writes them: a service is a rule in KUBE-SERVICES, a chain that spreads over
 * endpoints, and a chain for each endpoint. As `iptables-save -c` prints them; `packets` is what every rule counts.
 */
export function kubeProxyRules(count: number, packets: number): string {
  const chains: string[] = [':PREROUTING ACCEPT [0:0]', ':KUBE-SERVICES - [0:0]', ':KUBE-MARK-MASQ - [0:0]'];
  const rules: string[] = [
    '-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES',
  ];
  for (let service = 0; rules.length < count && service <= count / RULES_PER_SERVICE; service += 1) {
    const name = `default/service-${service}:http`;
    const chain = `KUBE-SVC-${hashed(service)}`;
    const cluster = address(service, 10);
    chains.push(`:${chain} - [0:0]`);
    rules.push(
      `-A KUBE-SERVICES -d ${cluster}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport 80 -j ${chain}`,
      `-A ${chain} ! -s 10.244.0.0/16 -d ${cluster}/32 -p tcp -m comment --comment "${name} cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ`,
    );
    for (let endpoint = 0; endpoint < ENDPOINTS; endpoint += 1) {
      const pod = address(service * ENDPOINTS + endpoint, 172);
      const target = `KUBE-SEP-${hashed(1e6 + service * ENDPOINTS + endpoint)}`;
      const chance = (1 / (ENDPOINTS - endpoint)).toFixed(11);
      chains.push(`:${target} - [0:0]`);
      rules.push(
        `-A ${chain} -m comment --comment "${name} -> ${pod}:8080" -m statistic --mode random --probability ${chance} -j ${target}`,
        `-A ${target} -s ${pod}/32 -m comment --comment "${name}" -j KUBE-MARK-MASQ`,
        `-A ${target} -p tcp -m comment --comment "${name}" -m tcp -j DNAT --to-destination ${pod}:8080`,
      );
    }
  }
  const counted = rules.map((rule) => `[${packets}:${packets * 60}] ${rule}`);
  return ['*nat', ...chains, ...counted, 'COMMIT', ''].join('\n');
}
