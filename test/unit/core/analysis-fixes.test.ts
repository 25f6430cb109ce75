import assert from 'node:assert/strict';
import { analyseRuleset, fixesFor } from '../../../src/core/analysis';
import { parseRuleset } from '../../../src/core/iptables';
import { FSM_RULES } from '../../../playground/fsm-rules';
import { rulesText } from '../../../src/ui/rules/rules-text';

/** The text after the first fix of each finding, until there is none left. */
function fixed(text: string): string {
  for (let lines = text.split('\n'); ;) {
    const ruleset = parseRuleset(lines.join('\n'));
    const [fix] = analyseRuleset(ruleset).flatMap((finding) => fixesFor(finding, ruleset));
    if (!fix) return lines.join('\n');
    lines = lines.filter((_, line) => !fix.delete.includes(line));
  }
}

describe('fixes of rules', () => {
  it('take out what has no effect, and leave nothing more to fix', () => {
    const text = [
      '*nat',
      ':OUTPUT ACCEPT [0:0]',
      ':A - [0:0]',
      ':ALONE - [0:0]',
      '-A OUTPUT -p tcp -j A',
      '-A OUTPUT -p tcp -j A',
      '-A A -j ACCEPT',
      '-A A -p tcp -j LOG',
      '-A ALONE -p tcp -j LOG',
      'COMMIT',
      '',
    ].join('\n');
    assert.equal(
      fixed(text),
      '*nat\n:OUTPUT ACCEPT [0:0]\n:A - [0:0]\n-A OUTPUT -p tcp -j A\n-A A -j ACCEPT\nCOMMIT\n',
    );
  });

  it('take out the exception of FSM that has no effect', () => {
    assert.equal(fixed(FSM_RULES), FSM_RULES.replace(/^.*--dport 15000 -j ACCEPT\n/m, ''));
  });

  it('offer nothing where it is not certain', () => {
    const text =
      '*nat\n:MINE - [0:0]\n-A MINE -m strange --x -j ACCEPT\n-A MINE -m strange --x -j DROP\nCOMMIT\n';
    assert.ok(analyseRuleset(parseRuleset(text)).length > 0);
    assert.equal(fixed(text), text);
  });
});

describe('the rules of a workload as text', () => {
  it('names each ruleset, and is read back without loss', () => {
    const text = '# Generated\n*nat\n:OUTPUT ACCEPT [0:0]\n[1:60] -A OUTPUT -j ACCEPT\nCOMMIT\n';
    const whole = rulesText([
      { family: 'ipv4', backend: 'nft', text },
      { family: 'ipv6', backend: 'legacy', text },
    ]);
    assert.equal(whole, `# IPv4, nft\n${text}\n# IPv6, legacy\n${text}`);
    assert.equal(parseRuleset(whole).tables.length, 2);
    assert.match(rulesText([]), /^# No iptables/);
  });
});
