import * as z from 'zod';
import { flag, gid, interfaceNames, ipRanges, portNumber, portRanges, uid } from './values';

/** A field that may be absent, with what editors and the settings say of it. */
const field = <T extends z.ZodType>(schema: T, description: string) =>
  schema.optional().describe(description);

/** One source of a policy: any of its fields, as a person writes them. `npm run build:schemas` describes it to editors. */
export const PolicySettings = z.strictObject(
  {
    inboundPort: field(portNumber, 'Where the sidecar takes inbound connections.'),
    outboundPort: field(portNumber, 'Where the sidecar takes outbound connections.'),
    adminPort: field(portNumber, 'The sidecar’s own administration. Reserved.'),
    sidecarUid: field(uid, 'The user that the sidecar runs as. Its connections are not redirected.'),
    sidecarGid: field(
      gid,
      'A group whose connections are not redirected either, as if they were of the sidecar’s user. null: no group.',
    ),
    bypassPorts: field(portRanges, 'Inbound ports that the sidecar itself serves: metrics, probes, health.'),
    inboundPortExclusions: field(
      portRanges,
      'Inbound ports that are not redirected, such as 8080 or "8000-8010".',
    ),
    outboundPortExclusions: field(
      portRanges,
      'Outbound ports that are not redirected, such as 5432 or "8000-8010".',
    ),
    outboundIpRangeExclusions: field(ipRanges, 'Destinations that are not redirected, such as "10.0.0.0/8".'),
    outboundIpRangeInclusions: field(
      ipRanges,
      'The only destinations that are redirected. Empty: all of them.',
    ),
    interfaceExclusions: field(
      interfaceNames,
      'Interfaces whose connections are not redirected, such as "eth1", or "veth+" for all that begin so.',
    ),
    podIpMode: field(
      flag,
      'FSM’s PodIP proxy mode: the sidecar’s connections to 127.0.0.1 go to the pod’s own address.',
    ),
    controlPorts: field(
      portRanges,
      'Inbound ports through which the workload is controlled. They are never redirected.',
    ),
    inboundPortInclusions: field(
      portRanges,
      'The only inbound ports that are redirected. Empty: all of them.',
    ),
    inboundSourceExclusions: field(
      ipRanges,
      'Inbound connections from these are not redirected, such as "192.168.0.0/16".',
    ),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'A policy is an object of settings.' : undefined) },
);
/** One source of a policy after it was read. */
export type PolicySettings = z.infer<typeof PolicySettings>;
