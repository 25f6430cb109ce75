import * as z from 'zod';
import { flag, interfaceNames, ipRanges, portNumber, portRanges, uid } from './values';

/** One source of a policy: any of its fields, as a person writes them. */
export const PolicySettings = z.strictObject(
  {
    inboundPort: portNumber.optional(),
    outboundPort: portNumber.optional(),
    adminPort: portNumber.optional(),
    sidecarUid: uid.optional(),
    bypassPorts: portRanges.optional(),
    inboundPortExclusions: portRanges.optional(),
    outboundPortExclusions: portRanges.optional(),
    outboundIpRangeExclusions: ipRanges.optional(),
    outboundIpRangeInclusions: ipRanges.optional(),
    interfaceExclusions: interfaceNames.optional(),
    podIpMode: flag.optional(),
    controlPorts: portRanges.optional(),
    inboundPortInclusions: portRanges.optional(),
    inboundSourceExclusions: ipRanges.optional(),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'A policy is an object of settings.' : undefined) },
);
/** One source of a policy after it was read. */
export type PolicySettings = z.infer<typeof PolicySettings>;
