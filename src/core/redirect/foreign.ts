import { foreignMeshesIn, parseRuleset, unknownRedirects } from '../iptables';
import type { Attachment, IptablesTool, MapInfo, Program, Snapshot } from '../model';
import { REDIRECTING_HOOKS, workloadOfPin } from './hooks';
import { defaultNote, rulesName } from './rule-state';

/** A sign that someone else redirects the workload's connections. */
export interface ForeignSign {
  /** `Istio`; `unknown` for who is none that we know. */
  who: string;
  /** `chain ISTIO_INBOUND`, `program mb_sock4_connec (48) on connect4`. */
  what: string;
  /** Where it was seen, of rules: `IPv4 rules in nft`. */
  where: string | null;
}

/**
 * Whose programs these are, by the names that the kernel keeps (15 bytes of them): merbridge/merbridge bpf/mb_*.c,
 * cilium/cilium bpf/bpf_sock.c, projectcalico/calico felix/bpf-gpl/connect_balancer*.c. The latter two translate the
 * addresses of services, and no more.
 */
const PROGRAMS: readonly [name: RegExp, who: string][] = [
  [/^mb_/, 'Merbridge'],
  [/^(cil_)?sock[46]_/, 'Cilium’s socket load balancer'],
  [/^(calico|cali_ctlb)_/, 'Calico’s connect-time load balancer'],
];

/** Whose maps these are, where the programs have no names: merbridge/merbridge bpf/headers/maps.h. */
const MAPS: readonly [name: RegExp, who: string][] = [
  [/^(cookie_original|pair_original_d|local_pod_ips|mark_pod_ips_ma)/, 'Merbridge'],
  [/^cilium_/, 'Cilium’s socket load balancer'],
  [/^cali_/, 'Calico’s connect-time load balancer'],
];

/** Maps that each program of ours which redirects has. */
const OUR_MAPS = ['settings', 'port_sets'];

const named = (signs: readonly [RegExp, string][], name: string): string | undefined =>
  signs.find(([sign]) => sign.test(name))?.[1];

function whose(hook: string, program: Program | undefined, maps: readonly MapInfo[]): string {
  const names = maps.filter(({ id }) => program?.maps.includes(id)).map(({ name }) => name);
  if (program?.name === hook && OUR_MAPS.every((map) => names.includes(map))) {
    return 'Mesh Redirect, by a link that is pinned nowhere';
  }
  return (
    named(PROGRAMS, program?.name ?? '') ??
    names.map((name) => named(MAPS, name)).find((who) => who !== undefined) ??
    'unknown'
  );
}

function programSign(snapshot: Snapshot, { hook, program: id }: Attachment): ForeignSign {
  const program = snapshot.programs.find((one) => one.id === id);
  const name = program === undefined || program.name === '' ? '?' : program.name;
  const what = `program ${name} (${id}) on ${hook}`;
  return { who: whose(hook, program, snapshot.maps), what, where: null };
}

function ruleSigns(snapshot: Snapshot, tools: readonly IptablesTool[]): ForeignSign[] {
  return snapshot.rulesets.flatMap((rules) => {
    const ruleset = parseRuleset(rules.text);
    const where = rulesName(rules) + defaultNote(rules, tools);
    return [
      ...foreignMeshesIn(ruleset).map(({ mesh, chain }) => ({ who: mesh, what: `chain ${chain}`, where })),
      ...unknownRedirects(ruleset).map((chain) => ({ who: 'unknown', what: `chain ${chain}`, where })),
    ];
  });
}

/**
 * What else redirects the workload's connections: chains of a mesh that we know, rules that take all TCP, or a program on a
 * hook that can redirect, which Mesh Redirect attached for no workload.
 */
export function foreignSigns(snapshot: Snapshot, tools: readonly IptablesTool[]): ForeignSign[] {
  const programs = snapshot.attachments.filter(
    ({ hook, pin }) => REDIRECTING_HOOKS.some((own) => own === hook) && workloadOfPin(pin) === null,
  );
  return [...ruleSigns(snapshot, tools), ...programs.map((attachment) => programSign(snapshot, attachment))];
}

/** The signs in one line, by who it is: `Istio (chain ISTIO_INBOUND)`. Null where there are none. */
export function foreignText(signs: readonly ForeignSign[]): string | null {
  const whats = new Map<string, Set<string>>();
  for (const { who, what } of signs) whats.set(who, (whats.get(who) ?? new Set()).add(what));
  const texts = [...whats].map(([who, what]) => `${who} (${[...what].join(', ')})`);
  return texts.length === 0 ? null : texts.join(', ');
}
