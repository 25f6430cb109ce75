// Starts a playground, prints its sidecars' pids as JSON, and holds it until a signal comes.

import { Playground } from '../../../playground/playground';

const playground = await Playground.start({ prefix: process.argv[2] ?? 'mr', mode: 'iptables' });
process.stdout.write(JSON.stringify(playground.pods.map((pod) => pod.sidecar.pid)));
