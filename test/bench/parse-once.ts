// Run by parsing.ts in a process of its own, so that the memory is that of this work alone:
// node --import=tsx test/bench/parse-once.ts RULES. Prints one line of JSON.

import { diffRulesets, parseRuleset } from '../../src/core/iptables';
import { kubeProxyRules } from './kube-proxy-rules';

const atStart = process.resourceUsage().maxRSS;
const count = Number(process.argv[2]);
const before = kubeProxyRules(count, 1);
const lines = kubeProxyRules(count, 2).split('\n');
lines.splice(Math.floor(lines.length * 0.7), 1);
const after = lines.join('\n');

const start = performance.now();
const [old, now] = [parseRuleset(before), parseRuleset(after)];
const parsed = performance.now();
const changes = diffRulesets(old, now);
const end = performance.now();
if (changes.length !== 1) throw new Error(`one rule was taken out, and ${changes.length} changes were found`);

// More than the work itself takes: both texts were made here, too.
const memory = (process.resourceUsage().maxRSS - atStart) * 1024;
process.stdout.write(`${JSON.stringify({ parse: (parsed - start) / 2, diff: end - parsed, memory })}\n`);
