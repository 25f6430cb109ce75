import { port, type IpRange, type PortRange } from '../net';

/**
 * What is to be redirected for a workload. Names and defaults are FSM's (`MeshConfig` `spec.traffic`, its sidecar's
 * ports); the last four lists go beyond it. Both modes decide every connection by it alike.
 */
export interface Policy {
  /** Where the sidecar takes inbound connections. */
  inboundPort: number;
  /** Where the sidecar takes outbound connections. */
  outboundPort: number;
  /** The sidecar's own administration. Reserved; no rule names it (docs/iptables-mode.md, "The admin port"). */
  adminPort: number;
  /** The user that the sidecar runs as; its connections are not redirected. */
  sidecarUid: number;
  /** A group whose connections are the sidecar's too, as Istio's rules have it; null: the user alone tells. */
  sidecarGid: number | null;
  /** Inbound ports that the sidecar itself serves: metrics, probes, health. */
  bypassPorts: PortRange[];
  inboundPortExclusions: PortRange[];
  outboundPortExclusions: PortRange[];
  outboundIpRangeExclusions: IpRange[];
  /** Empty: every range. Otherwise only connections to these are redirected. */
  outboundIpRangeInclusions: IpRange[];
  /** Names, or prefixes ended by `+` as iptables writes them. */
  interfaceExclusions: string[];
  /** FSM's PodIP proxy mode: the sidecar's connections to 127.0.0.1 go to the pod's own address. IPv4 only. */
  podIpMode: boolean;
  /** Inbound ports through which the node is controlled; never taken. */
  controlPorts: PortRange[];
  /** Empty: every port. Otherwise only inbound connections to these are redirected. */
  inboundPortInclusions: PortRange[];
  /** Inbound connections from these are not redirected. */
  inboundSourceExclusions: IpRange[];
}

/** FSM's defaults, and the SSH port as the control port. */
export const DEFAULT_POLICY: Readonly<Policy> = {
  inboundPort: 15003,
  outboundPort: 15001,
  adminPort: 15000,
  sidecarUid: 1500,
  sidecarGid: null,
  bypassPorts: [port(15010), { first: 15901, last: 15904 }],
  inboundPortExclusions: [],
  outboundPortExclusions: [],
  outboundIpRangeExclusions: [],
  outboundIpRangeInclusions: [],
  interfaceExclusions: [],
  podIpMode: false,
  controlPorts: [port(22)],
  inboundPortInclusions: [],
  inboundSourceExclusions: [],
};

/** Something wrong with a policy's source. With any `error` there is no policy. */
export interface Problem {
  severity: 'error' | 'warning';
  /** `outboundPortExclusions[2]`; empty for the whole. */
  path: string;
  message: string;
  remedy: string;
  /** It is the name at `path` that is wrong, and not what it holds. */
  onKey?: boolean;
}
