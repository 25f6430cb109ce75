import assert from 'node:assert/strict';
import { FSM_RULES } from '../../../playground/fsm-rules';
import { run } from '../redirect/netns';
import type { Peer } from './peer';
import { APPLICATION, INBOUND, OUTBOUND, SIDECAR, World } from './world';

/** What a switch goes through: eBPF mode is in place, and FSM's rules still are. */
describe('eBPF mode beside iptables mode', () => {
  for (const backend of ['nft', 'legacy'])
    describe(`of the ${backend} back-end`, () => {
      let world: World;
      let application: Peer;
      let client: Peer;
      let sidecar: Peer;
      let outbound: number;
      let inbound: number;

      before(async () => {
        world = await World.make('both');
        const restore = [world.pod.name, `iptables-${backend}-restore`, '--noflush'];
        await run('ip', ['netns', 'exec', ...restore], FSM_RULES);
        application = await world.pod.start(APPLICATION);
        client = await world.outside.start(APPLICATION);
        sidecar = await world.pod.start(SIDECAR);
        outbound = await sidecar.listen('0.0.0.0', OUTBOUND);
        inbound = await sidecar.listen('0.0.0.0', INBOUND);
      });
      after(() => world.remove());

      const out = async (): Promise<[number, number]> => [
        await application.connect('10.88.0.2', 8080),
        await sidecar.accept(outbound),
      ];
      const into = async (): Promise<[number, number]> => [
        await client.connect('10.88.0.1', 8080),
        await sidecar.accept(inbound),
      ];

      it('keeps the answers of connections that iptables redirected', async () => {
        const [asked, taken] = await out();
        const [, steered] = await into();
        await world.redirect();
        assert.equal(await application.peer(asked), '10.88.0.2:8080');
        assert.equal(await sidecar.original(taken), '10.88.0.2:8080');
        assert.equal(await sidecar.original(steered), '10.88.0.1:8080');
      });

      it('answers alike for those that it redirects itself', async () => {
        await world.agent.client.request('listeners/adopt', {
          workload: world.workload,
          map: world.map('listeners'),
          port: INBOUND,
          slots: { first: 0, count: 1 },
        });
        const [asked, taken] = await out();
        assert.equal((await world.entries('origins')).length, 2);
        assert.equal(await application.peer(asked), '10.88.0.2:8080');
        assert.equal(await sidecar.original(taken), '10.88.0.2:8080');
        const [, steered] = await into();
        assert.equal(await sidecar.original(steered), '10.88.0.1:8080');
      });
    });
});

/** What a switch to iptables mode goes through: with its rules, connection tracking begins. */
describe('eBPF mode where connection tracking begins in the middle of a connection', () => {
  for (const [family, tool] of [
    [4, 'iptables'],
    [6, 'ip6tables'],
  ] as const)
    it(`answers by itself where an answer was the first packet that was tracked (IPv${family})`, async () => {
      const world = await World.make('middle');
      try {
        const sidecar = await world.pod.start(SIDECAR);
        await world.redirect();
        const inbound = await sidecar.listen(family === 4 ? '0.0.0.0' : '::', INBOUND);
        const client = await world.outside.start(APPLICATION);
        const address = family === 4 ? world.pod.address : world.pod.address6;
        const socket = await client.connect(address, 8080);
        const accepted = await sidecar.accept(inbound);
        await world.pod.run(tool, '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'INVALID');
        await sidecar.do('send', accepted, 'first');
        await client.do('receive', socket);
        assert.match(await world.pod.run('conntrack', '-L', '-f', `ipv${family}`), /sport=8080 .*sport=/);
        const asked = family === 4 ? `${address}:8080` : `[${address}]:8080`;
        assert.equal(await sidecar.original(accepted, family), asked);
      } finally {
        await world.remove();
      }
    });
});
