import assert from 'node:assert/strict';
import {
  DEFAULT_POLICY,
  mergePolicy,
  parsePolicy,
  parseSettings,
  type Policy,
} from '../../../src/core/policy';
import { portRangeText, rangeText } from '../../../src/core/net';

function problems(input: unknown): string[] {
  return parsePolicy(input).problems.map(({ path, message, remedy }) => `${path}: ${message} ${remedy}`);
}

function accepted(input: unknown): Policy {
  const { policy, problems } = parsePolicy(input);
  assert.deepEqual(problems, []);
  return policy ?? assert.fail();
}

describe('policy', () => {
  it('is FSM’s without settings', () => {
    for (const input of [undefined, null, {}]) assert.deepEqual(parsePolicy(input).policy, DEFAULT_POLICY);
  });

  it('reads ports, ranges of ports, and address ranges of both families', () => {
    const policy = accepted({
      inboundPortExclusions: [9090, '8000-8010', '8011', 8005],
      outboundIpRangeExclusions: ['10.0.0.0/8', 'fd00::/8', '192.0.2.7'],
      interfaceExclusions: ['eth1', 'tun+'],
    });
    assert.deepEqual(policy.inboundPortExclusions.map(portRangeText), ['8000-8011', '9090']);
    assert.deepEqual(policy.outboundIpRangeExclusions.map(rangeText), [
      '10.0.0.0/8',
      'fd00::/8',
      '192.0.2.7/32',
    ]);
    assert.deepEqual(policy.interfaceExclusions, ['eth1', 'tun+']);
  });

  const wrong: [input: unknown, path: string, words: RegExp][] = [
    [{ inboundPort: 0 }, 'inboundPort', /0 is not a TCP port.*from 1 to 65535/],
    [{ outboundPort: 70000 }, 'outboundPort', /70000/],
    [{ adminPort: '15000' }, 'adminPort', /"15000"/],
    [{ sidecarUid: -1 }, 'sidecarUid', /user number/],
    [{ sidecarGid: 4294967295 }, 'sidecarGid', /not a group number.*4294967294, or null/],
    [{ outboundPortExclusions: [80, 70000] }, 'outboundPortExclusions[1]', /70000.*"8000-8010"/],
    [{ outboundPortExclusions: ['10-5'] }, 'outboundPortExclusions[0]', /"10-5"/],
    [{ outboundPortExclusions: 80 }, 'outboundPortExclusions', /80 is not a list/],
    [{ outboundIpRangeExclusions: ['10.0.0.0/33'] }, 'outboundIpRangeExclusions[0]', /from 0 to 32/],
    [{ outboundIpRangeExclusions: ['10.1.2.3/8'] }, 'outboundIpRangeExclusions[0]', /"10\.0\.0\.0\/8"/],
    [{ outboundIpRangeExclusions: ['fd00::1/64'] }, 'outboundIpRangeExclusions[0]', /"fd00::\/64"/],
    [{ outboundIpRangeExclusions: ['10.1/16'] }, 'outboundIpRangeExclusions[0]', /not an address range/],
    [{ interfaceExclusions: ['lo'] }, 'interfaceExclusions[0]', /loopback/],
    [{ interfaceExclusions: ['a b'] }, 'interfaceExclusions[0]', /interface/],
    [{ podIpMode: 'yes' }, 'podIpMode', /true or false/],
    [{ inboundPorts: 1 }, 'inboundPorts', /no setting of this name.*inboundPort,/],
    [[], '', /object of settings/],
    [{ outboundPort: 15003 }, 'outboundPort', /both 15003/],
    [{ outboundPortExclusions: ['1-65535'] }, 'outboundPortExclusions', /nothing would be redirected/],
    [{ inboundPortInclusions: [22] }, 'inboundPortInclusions', /also excluded/],
    [
      { outboundIpRangeInclusions: ['10.1.0.0/16'], outboundIpRangeExclusions: ['10.0.0.0/8'] },
      'outboundIpRangeInclusions[0]',
      /excluded by 10\.0\.0\.0\/8/,
    ],
  ];
  for (const [input, path, words] of wrong) {
    it(`refuses ${JSON.stringify(input)}`, () => {
      assert.equal(parsePolicy(input).policy, null);
      const [first = '', ...rest] = problems(input);
      assert.deepEqual(rest, []);
      assert.ok(first.startsWith(`${path}: `), first);
      assert.match(first, words);
    });
  }

  it('names every wrong value, not only the first', () => {
    assert.equal(problems({ inboundPort: 0, outboundPortExclusions: [0, 1, 'x'], nonsense: 1 }).length, 4);
  });

  it('warns of what is allowed but surprising', () => {
    for (const field of ['sidecarUid', 'sidecarGid'] as const) {
      const parsed = parsePolicy({ [field]: 0 });
      assert.equal(parsed.policy?.[field], 0);
      assert.deepEqual(
        parsed.problems.map(({ severity, path }) => [severity, path]),
        [['warning', field]],
      );
    }
  });

  it('has no group of the sidecar unless one is named, and a later source can take it away', () => {
    assert.equal(accepted({}).sidecarGid, null);
    const sources = [{ sidecarGid: 1337 }, { sidecarGid: null }];
    assert.deepEqual(
      sources.map((source) => accepted(source).sidecarGid),
      [1337, null],
    );
    assert.equal(mergePolicy([...sources, {}]).sidecarGid, null);
  });

  it('joins lists of exclusions and replaces the rest', () => {
    const [mesh, pod] = [
      { outboundPortExclusions: [1, 2], controlPorts: [2222], inboundPort: 1 },
      { outboundPortExclusions: [3], inboundPort: 2 },
    ].map((input) => parseSettings(input).settings ?? assert.fail());
    const policy = mergePolicy([mesh ?? {}, pod ?? {}]);
    assert.deepEqual(policy.outboundPortExclusions, [{ first: 1, last: 3 }]);
    assert.deepEqual(policy.controlPorts, [{ first: 2222, last: 2222 }]);
    assert.equal(policy.inboundPort, 2);
  });
});
