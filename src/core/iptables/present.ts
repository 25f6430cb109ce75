import { COMMENT, foreignMesh, isOwnChain } from './names';
import type { Jump, Redirection } from './rules';
import type { Chain, Rule, Ruleset, Table } from './ruleset';
import { commentOf, targetOf, wordsOf } from './words';

/** True for the spec of a rule that Mesh Redirect wrote. */
export function isOurSpec(spec: string): boolean {
  const comment = commentOf(spec);
  return comment === COMMENT || comment?.startsWith(`${COMMENT}:`) === true;
}

/** True for a rule that Mesh Redirect wrote. */
export const isOurRule = ({ spec }: Rule): boolean => isOurSpec(spec);

/** FSM's rule for its PodIP mode stands in OUTPUT itself: the sidecar's connections to 127.0.0.1, translated. */
function isPodIpRule(rule: Rule): boolean {
  if (rule.chain !== 'OUTPUT' || targetOf(rule.spec)?.name !== 'DNAT') return false;
  const words = new Set(wordsOf(rule.spec).map(({ text }) => text));
  return ['127.0.0.1/32', 'lo', '--uid-owner'].every((word) => words.has(word));
}

const natOf = (ruleset: Ruleset | null): Table | undefined =>
  ruleset?.tables.find(({ name }) => name === 'nat');

/** Rules that can be meant at all: the others, of which there may be very many, are not taken apart. */
const MAY_BE_OWN = new RegExp(`PROXY_|DNAT|${COMMENT}`);

function jumpsOf(chain: Chain, anyOwn: boolean): Jump[] {
  return chain.rules.flatMap((rule, index) => {
    if (!MAY_BE_OWN.test(rule.spec)) return [];
    const own =
      isOwnChain(targetOf(rule.spec)?.name ?? '') || isOurRule(rule) || (anyOwn && isPodIpRule(rule));
    return own ? [{ chain: chain.name, position: index + 1, spec: rule.spec }] : [];
  });
}

/** This mode's part of a ruleset, whoever wrote it: we, or FSM under any of its chain names. */
export function redirectionIn(ruleset: Ruleset | null): Redirection {
  const chains = [...(natOf(ruleset)?.chains.values() ?? [])];
  const own = chains.filter(({ name }) => isOwnChain(name));
  const others = chains.filter(({ name }) => !isOwnChain(name));
  return {
    chains: own.map(({ name, rules }) => ({ name, rules: rules.map(({ spec }) => spec) })),
    jumps: others.flatMap((chain) => jumpsOf(chain, own.length > 0)),
  };
}

/** The other meshes whose chains the ruleset holds, in any table; each once, with one of its chains. */
export function foreignMeshesIn(ruleset: Ruleset): { mesh: string; chain: string }[] {
  const found = new Map<string, string>();
  for (const table of ruleset.tables) {
    for (const name of table.chains.keys()) {
      const mesh = foreignMesh(name);
      if (mesh !== null && !found.has(mesh)) found.set(mesh, name);
    }
  }
  return [...found].map(([mesh, chain]) => ({ mesh, chain }));
}

/** True if connections that enter the built-in chain can reach a `REDIRECT` through chains of this mode. */
export function redirects(redirection: Redirection, builtin: 'PREROUTING' | 'OUTPUT'): boolean {
  const rules = new Map(redirection.chains.map(({ name, rules }) => [name, rules]));
  const visited = new Set<string>();
  const reaches = (chain: string): boolean => {
    if (visited.has(chain)) return false;
    visited.add(chain);
    return (rules.get(chain) ?? []).some((spec) => {
      const target = targetOf(spec)?.name;
      return target === 'REDIRECT' || (target !== undefined && reaches(target));
    });
  };
  return redirection.jumps.some(
    ({ chain, spec }) => chain === builtin && reaches(targetOf(spec)?.name ?? ''),
  );
}
