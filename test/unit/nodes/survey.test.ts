import assert from 'node:assert/strict';
import { parseSurvey, surveyCommand, AGENT_DIRECTORIES } from '../../../src/nodes/agent/bootstrap';

describe('the survey of a node', () => {
  it('is one command that names the agents that we have and where they may go', () => {
    const sha256 = 'ab'.repeat(32);
    const agent = {
      arch: 'arm64',
      sha256,
      name: 'a',
      bytes: () => Promise.resolve(Buffer.alloc(0)),
    } as const;
    const { file, args } = surveyCommand([agent], 'keep');
    assert.equal(file, 'sh');
    const agents = ['aarch64', 'a', sha256, 'arm64', 'a', sha256];
    assert.deepEqual(args.slice(4), ['keep', ...agents, '--', ...AGENT_DIRECTORIES]);
  });

  it('is read whatever a login shell prints around it', () => {
    const survey = parseSurvey(
      [
        'Welcome! machine=z80',
        'mesh-redirect:uname=Linux 6.1.0-13-arm64 aarch64',
        'mesh-redirect:user=admin',
        'mesh-redirect:root=sudo',
        'mesh-redirect:entered=0',
        'mesh-redirect:unusable=/var/lib/mesh-redirect: programs in it cannot be run',
        'mesh-redirect:directory=/opt/with = and spaces',
        'mesh-redirect:agent=untrusted',
        'mesh-redirect:',
        'logout',
      ].join('\n'),
    );
    assert.deepEqual(survey, {
      system: 'Linux',
      machine: 'aarch64',
      kernel: '6.1.0-13-arm64',
      user: 'admin',
      arch: 'arm64',
      root: 'sudo',
      entered: true,
      missing: undefined,
      directory: '/opt/with = and spaces',
      unusable: ['/var/lib/mesh-redirect: programs in it cannot be run'],
      agent: 'untrusted',
    });
  });

  it('says of silence that nothing is known', () => {
    const survey = parseSurvey('This account is currently not available.\n');
    assert.equal(survey.machine, undefined);
    assert.equal(survey.entered, false);
    assert.deepEqual(survey.unusable, []);
  });

  it('does not take a machine for one that it is not', () => {
    assert.equal(parseSurvey('mesh-redirect:uname=Linux 6.1 riscv64').arch, undefined);
    assert.equal(parseSurvey('mesh-redirect:uname=Linux 6.1 constructor').arch, undefined);
    assert.equal(parseSurvey('mesh-redirect:entered=1000').entered, false);
  });
});
