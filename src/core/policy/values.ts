import * as z from 'zod';
import { ALL_PORTS, parsePortRange, parseRange, rangeText, type IpRange, type PortRange } from '../net';

/** What is wrong with one value and what to write instead. */
interface Fault {
  message: string;
  remedy: string;
}

/** How editors are to describe a value before it is read: JSON Schema, which zod cannot see in a function. */
type Described = Readonly<Record<string, unknown>>;

/** A schema from a function that reads a value or says why it cannot; the remedy travels with the issue. */
export function value<T extends object | number | string | boolean | null>(
  described: Described,
  read: (input: unknown) => T | { wrong: Fault },
) {
  return z
    .unknown()
    .transform((input, context): T => {
      const result = read(input);
      if (typeof result !== 'object' || result === null || !('wrong' in result)) return result;
      const { message, remedy } = result.wrong;
      context.addIssue({ code: 'custom', message, params: { remedy } });
      return z.NEVER;
    })
    .meta(described);
}

/** A value as a person wrote it, cut where it is long. */
export function shown(input: unknown): string {
  const text = JSON.stringify(input) as string | undefined;
  return text === undefined ? 'nothing' : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export const wrong = (message: string, remedy: string): { wrong: Fault } => ({ wrong: { message, remedy } });

const PORT = { type: 'integer', minimum: ALL_PORTS.first, maximum: ALL_PORTS.last } as const;

interface Bounds {
  minimum: number;
  maximum: number;
}

const isWithin = ({ minimum, maximum }: Bounds, input: unknown): input is number =>
  typeof input === 'number' && Number.isInteger(input) && input >= minimum && input <= maximum;

function integer({ minimum, maximum }: Bounds, what: string) {
  return value({ type: 'integer', minimum, maximum }, (input) =>
    isWithin({ minimum, maximum }, input)
      ? input
      : wrong(`${shown(input)} is not ${what}.`, `Use a whole number from ${minimum} to ${maximum}.`),
  );
}

export const portNumber = integer(PORT, 'a TCP port');

/** The last number is the kernel's "nobody of that kind". */
const ID = { minimum: 0, maximum: 0xfffffffe } as const;

export const uid = integer(ID, 'a user number');

export const gid = value({ type: ['integer', 'null'], ...ID }, (input): number | null | { wrong: Fault } =>
  input === null || isWithin(ID, input)
    ? input
    : wrong(
        `${shown(input)} is not a group number.`,
        `Use a whole number from ${ID.minimum} to ${ID.maximum}, or null for no group.`,
      ),
);

export const flag = value({ type: 'boolean' }, (input) =>
  typeof input === 'boolean' ? input : wrong(`${shown(input)} is not a truth value.`, 'Use true or false.'),
);

const PORT_RANGE = { oneOf: [PORT, { type: 'string', pattern: '^[0-9]+(-[0-9]+)?$' }] };

const portRange = value(PORT_RANGE, (input): PortRange | { wrong: Fault } => {
  const read = typeof input === 'number' || typeof input === 'string' ? parsePortRange(String(input)) : null;
  return (
    read ??
    wrong(
      `${shown(input)} is not a TCP port or a range of ports.`,
      'Use a number from 1 to 65535, or a range such as "8000-8010".',
    )
  );
});

const ipRange = value({ type: 'string' }, (input): IpRange | { wrong: Fault } => {
  const read = typeof input === 'string' ? parseRange(input) : ({ fault: 'not-a-range' } as const);
  if (!('fault' in read)) return read;
  switch (read.fault) {
    case 'not-a-range':
      return wrong(
        `${shown(input)} is not an address range.`,
        'Use an address and a prefix length, such as "10.0.0.0/8" or "fd00::/8".',
      );
    case 'prefix-too-long':
      return wrong(
        `${shown(input)} has too long a prefix.`,
        `Use a prefix length from 0 to ${read.longest}.`,
      );
    case 'host-bits':
      return wrong(
        `${shown(input)} has bits set after its prefix.`,
        `Write "${rangeText(read.base)}" for the whole range, or leave the length out for the one address.`,
      );
  }
});

/** As the kernel accepts them (IFNAMSIZ 16, no slash, no space), and not the loopback, which has rules of its own. */
const interfaceName = value({ type: 'string' }, (input) => {
  if (typeof input !== 'string' || !/^[^\s/:+"'\\]{1,15}\+?$/.test(input) || /^\.{1,2}$/.test(input)) {
    return wrong(
      `${shown(input)} is not a network interface.`,
      'Use a name such as "eth1", or a prefix such as "eth+".',
    );
  }
  return input === 'lo'
    ? wrong('The loopback interface cannot be excluded.', 'Leave it out: traffic of a pod to itself passes.')
    : input;
});

const list = <T extends z.ZodType>(element: T) =>
  z.array(element, {
    error: (issue) => `${shown(issue.input)} is not a list.`,
  });

export const portRanges = list(portRange);
export const ipRanges = list(ipRange);
export const interfaceNames = list(interfaceName);
