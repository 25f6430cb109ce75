import * as z from 'zod';
import { sshNodeId } from '../../nodes';

const text = z.string().trim().min(1);

/** What a person wants of a node, however it is reached. */
const terms = { readOnly: z.boolean().exactOptional(), removeAgent: z.boolean().exactOptional() };

/** A node reached by SSH. What is left out is taken from `~/.ssh/config`. */
export const SshNodeSetting = z.object({
  kind: z.literal('ssh'),
  host: text,
  port: z.number().int().min(1).max(65535).exactOptional(),
  user: text.exactOptional(),
  identityFile: text.exactOptional(),
  label: text.exactOptional(),
  ...terms,
});
export type SshNodeSetting = z.infer<typeof SshNodeSetting>;

/** VS Code's own machine. */
export const LocalNodeSetting = z.object({ kind: z.literal('local'), label: text.exactOptional(), ...terms });
export type LocalNodeSetting = z.infer<typeof LocalNodeSetting>;

/** One entry of the setting `meshRedirect.nodes`. */
export const NodeSetting = z.discriminatedUnion('kind', [SshNodeSetting, LocalNodeSetting]);
export type NodeSetting = z.infer<typeof NodeSetting>;

/** The id of the node that a setting describes: equal ids mean the same machine, reached as the same user. */
export function nodeIdOf(setting: NodeSetting): string {
  return setting.kind === 'local' ? 'local' : sshNodeId(setting);
}

/** Reads the setting entry by entry: one wrong entry does not hide the others. `problems` name theirs by index. */
export function parseNodeSettings(value: unknown): { nodes: NodeSetting[]; problems: string[] } {
  if (!Array.isArray(value)) return { nodes: [], problems: ['"meshRedirect.nodes" must be a list.'] };
  const nodes = new Map<string, NodeSetting>();
  const problems: string[] = [];
  for (const [index, entry] of value.entries()) {
    const place = `meshRedirect.nodes[${index}]`;
    const parsed = NodeSetting.safeParse(entry);
    if (!parsed.success) {
      for (const issue of parsed.error.issues) {
        problems.push(`${[place, ...issue.path].join('.')}: ${issue.message}.`);
      }
    } else if (nodes.has(nodeIdOf(parsed.data))) {
      problems.push(`${place}: ${nodeIdOf(parsed.data)} is listed twice.`);
    } else {
      nodes.set(nodeIdOf(parsed.data), parsed.data);
    }
  }
  return { nodes: [...nodes.values()], problems };
}

/** Where a node is, as far as a person says it. */
export type SshTarget = Pick<SshNodeSetting, 'host' | 'port' | 'user'>;

/**
 * Reads what a person types: `host`, `user@host`, `host:port`, `user@host:port`, `user@[2001:db8::1]:port`.
 * A bare IPv6 address is a host without a port.
 */
export function parseSshTarget(typed: string): { target: SshTarget } | { problem: string } {
  const match =
    /^(?:(?<user>[^@\s]+)@)?(?:\[(?<ip6>[0-9a-f:.]+)\]|(?<host>[^\s:@[\]]+))(?::(?<port>\d+))?$/i.exec(
      typed.trim(),
    );
  const bare = /^(?:(?<user>[^@\s]+)@)?(?<host>[0-9a-f]*:[0-9a-f.]*:[0-9a-f:.]*)$/i.exec(typed.trim());
  const groups = (match ?? bare)?.groups;
  const host = groups?.['host'] ?? groups?.['ip6'];
  if (groups === undefined || host === undefined) {
    return { problem: 'Type it as user@host or user@host:port, for example root@10.0.0.1:22.' };
  }
  const { port, user } = groups;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) {
    return { problem: `${port} is not a port: ports go from 1 to 65535.` };
  }
  if (host.startsWith('-') || user?.startsWith('-') === true) {
    return { problem: 'Neither a user nor a host begins with "-".' };
  }
  const target: SshTarget = { host };
  if (user !== undefined) target.user = user;
  if (port !== undefined) target.port = Number(port);
  return { target };
}
