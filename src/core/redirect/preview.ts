import { describeMaps, type MapContents } from '../ebpf';
import { NOTHING, afterRemoval, applyRedirection, parseRuleset } from '../iptables';
import { REDIRECT_HOOKS, type RedirectHook, type Snapshot } from '../model';
import type { ConnectionFate } from './fates';
import { ANSWERING_HOOKS } from './hooks';
import { rulesName } from './rule-state';
import { HOOKS, hookLines, MAPS, rulesTitle, section, textOf } from './sections';
import type { Target } from './target';
import { sameTool, type Tool } from './tool';
import type { Verdict } from './verdict';

interface Seen {
  snapshot: Snapshot;
  verdict: Verdict;
  policyMaps: readonly MapContents[];
}

/** Every family and back-end that holds rules of ours before or after. */
function toolsOf({ verdict }: Seen, target: Target): Tool[] {
  const tools: Tool[] = [...verdict.rules, ...target.rules].map(({ family, backend }) => ({
    family,
    backend,
  }));
  return tools
    .filter((tool, index) => tools.findIndex((other) => sameTool(tool, other)) === index)
    .sort((a, b) => (rulesName(a) < rulesName(b) ? -1 : 1));
}

/** The hooks that are attached when a plan has been carried out: what answers for older connections stays for them. */
function hooksAfter({ verdict }: Seen, target: Target): ReadonlySet<RedirectHook> {
  if (target.hooks !== null) return new Set(REDIRECT_HOOKS);
  return new Set(ANSWERING_HOOKS.filter((hook) => verdict.hooks.has(hook)));
}

function rulesBeforeAndAfter({ snapshot, verdict }: Seen, target: Target, tool: Tool): [string[], string[]] {
  const text = snapshot.rulesets.find((ruleset) => sameTool(ruleset, tool))?.text ?? '';
  const ruleset = parseRuleset(text);
  const from = verdict.rules.find((state) => sameTool(state, tool))?.redirection ?? NOTHING;
  const wanted = target.rules.find((rules) => sameTool(rules, tool))?.redirection;
  return [
    applyRedirection(ruleset, from, from),
    applyRedirection(ruleset, from, wanted ?? afterRemoval(from)),
  ];
}

const THROUGH: Record<ConnectionFate['through'], string> = {
  rules: 'to the sidecar, by rules',
  hooks: 'to the sidecar, by hooks',
  nothing: 'direct',
};

function connectionSections(fates: readonly ConnectionFate[]): [string[], string[]] {
  const width = Math.max(0, ...fates.map(({ ends }) => ends.length));
  const before = fates.map(({ ends, through }) => `${ends.padEnd(width)}  ${THROUGH[through]}`);
  const after = fates.map(
    ({ ends, keeps, why }) => `${ends.padEnd(width)}  ${keeps ? 'keeps its path' : 'LOSES ITS PATH'}: ${why}`,
  );
  const title = `Connections that are open now (${fates.length})`;
  return [section(title, before), section(title, after)];
}

/**
 * What redirects a workload before and after, as two texts for a diff editor: the rules of the table `nat` as
 * iptables-save prints them, the hooks with what their maps say, and what becomes of each open connection.
 */
export function previewOf(
  seen: Seen,
  target: Target,
  fates: readonly ConnectionFate[],
): { before: string; after: string } {
  const rules = toolsOf(seen, target).map((tool) => {
    const [before, after] = rulesBeforeAndAfter(seen, target, tool);
    const title = rulesTitle(tool);
    return { before: section(title, before), after: section(title, after) };
  });
  const { verdict, policyMaps } = seen;
  const [open, then] = connectionSections(fates);
  return {
    before: textOf(
      ...rules.map(({ before }) => before),
      section(HOOKS, hookLines(new Set(verdict.hooks.keys()))),
      section(MAPS, describeMaps(policyMaps)),
      open,
    ),
    after: textOf(
      ...rules.map(({ after }) => after),
      section(HOOKS, hookLines(hooksAfter(seen, target))),
      section(MAPS, describeMaps(target.hooks ?? [])),
      then,
    ),
  };
}
