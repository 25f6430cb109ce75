import { DEFAULT_POLICY } from '../../src/core/policy';
import type { Served } from './peer';
import { PORTS } from './policies';

const { inboundPort, outboundPort, adminPort } = DEFAULT_POLICY;
const SIDECAR_PORTS = [inboundPort, outboundPort, adminPort];

/** What a pod serves: the sidecar its ports, the application all others; each family apart, or both by one listener. */
export function podServices(listeners: 'apart' | 'together'): Served[] {
  const families: Served['families'][] = listeners === 'apart' ? ['4', '6'] : ['46'];
  return PORTS.flatMap((port) =>
    families.map((family) => ({
      name: SIDECAR_PORTS.includes(port) ? 'sidecar' : 'pod',
      families: family,
      port,
    })),
  );
}
