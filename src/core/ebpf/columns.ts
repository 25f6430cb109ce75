import type { BtfMember, BtfType } from '../model';
import { fromHex } from './bytes';
import { isPadding, isWhole, memberText, resolve, valueText } from './decode';

/** One cell: text as it is shown, and the raw bytes where they differ in meaning. */
export interface MapCell {
  text: string;
  hex?: string;
}

/** One column over a key or a value: its title, and its cell from the bytes. */
export interface Column {
  title: string;
  cell: (hex: string) => MapCell;
}

/** The column that shows a key or a value as a whole. */
function wholeColumn(title: string, type: BtfType | null): Column {
  return { title, cell: (hex) => ({ text: valueText(type, fromHex(hex)), hex }) };
}

const isAddress = ({ type }: BtfMember): boolean => {
  const resolved = resolve(type);
  return resolved.kind === 'struct' && resolved.name === 'address' && resolved.size === 16;
};

/** The port that belongs to an address: `client_port` to `client`, `port` to `address`. */
function portFor(address: BtfMember, members: readonly BtfMember[]): BtfMember | undefined {
  const name = address.name === 'address' ? 'port' : `${address.name}_port`;
  return members.find((member) => member.name === name && resolve(member.type).kind === 'int');
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
const endpoint = (address: string, port: string): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** Members that a reader knows by a better name, by the struct that they are of. */
const TITLES: Record<string, string> = { 'origin.address': 'asked for', 'origin.role': 'role' };

/** One column a member; an address and its port share one. `what` is the title of a key or value that is no struct. */
export function columnsOf(what: string, type: BtfType | null): Column[] {
  const resolved = type && resolve(type);
  if (resolved?.kind !== 'struct' || isWhole(resolved)) return [wholeColumn(what, type)];
  const members = resolved.members.filter((member) => !isPadding(member));
  const addresses = members.filter(isAddress);
  const ports = new Set(addresses.map((address) => portFor(address, members)));
  return members
    .filter((member) => !ports.has(member))
    .map((member) => {
      const port = isAddress(member) ? portFor(member, members) : undefined;
      return {
        title: TITLES[`${resolved.name}.${member.name}`] ?? member.name.replaceAll('_', ' '),
        cell: (hex) => memberCell(resolved.name, member, port, hex),
      };
    });
}

function memberCell(owner: string, member: BtfMember, port: BtfMember | undefined, hex: string): MapCell {
  const bytes = fromHex(hex);
  const own = hex.slice(member.offset * 2, (member.offset + member.type.size) * 2);
  const text = memberText(owner, member, bytes);
  if (!port) return { text, hex: own };
  const portHex = hex.slice(port.offset * 2, (port.offset + port.type.size) * 2);
  return { text: endpoint(text, memberText(owner, port, bytes)), hex: own + portHex };
}
