import type { Pod } from './pod';

const RULES = '*filter\n-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\nCOMMIT\n';

/** Gives a pod a rule of somebody else with which connection tracking is at work there, in both families. */
export async function track(pod: Pod, backend: 'nft' | 'legacy'): Promise<void> {
  for (const tool of ['iptables', 'ip6tables'])
    await pod.run([`${tool}-${backend}-restore`, '--noflush'], { input: RULES });
}
