import * as z from 'zod';
import { parsePortRange, parseRange, rangeText, type IpRange, type PortRange } from '../net';

/** What is wrong with one value and what to write instead. */
interface Fault {
  message: string;
  remedy: string;
}

/** A schema from a function that reads a value or says why it cannot; the remedy travels with the issue. */
function value<T extends object | number | string | boolean>(read: (input: unknown) => T | { wrong: Fault }) {
  return z.unknown().transform((input, context): T => {
    const result = read(input);
    if (typeof result !== 'object' || !('wrong' in result)) return result;
    const { message, remedy } = result.wrong;
    context.addIssue({ code: 'custom', message, params: { remedy } });
    return z.NEVER;
  });
}

/** A value as a person wrote it, cut where it is long. */
function shown(input: unknown): string {
  const text = JSON.stringify(input) as string | undefined;
  return text === undefined ? 'nothing' : text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

const wrong = (message: string, remedy: string): { wrong: Fault } => ({ wrong: { message, remedy } });

function integer(input: unknown, first: number, last: number, what: string): number | { wrong: Fault } {
  if (typeof input === 'number' && Number.isInteger(input) && input >= first && input <= last) return input;
  return wrong(`${shown(input)} is not ${what}.`, `Use a whole number from ${first} to ${last}.`);
}

export const portNumber = value((input) => integer(input, 1, 65535, 'a TCP port'));

/** The last user number is the kernel's "no user". */
export const uid = value((input) => integer(input, 0, 0xfffffffe, 'a user number'));

export const flag = value((input) =>
  typeof input === 'boolean' ? input : wrong(`${shown(input)} is not a truth value.`, 'Use true or false.'),
);

const portRange = value((input): PortRange | { wrong: Fault } => {
  const read = typeof input === 'number' || typeof input === 'string' ? parsePortRange(String(input)) : null;
  return (
    read ??
    wrong(
      `${shown(input)} is not a TCP port or a range of ports.`,
      'Use a number from 1 to 65535, or a range such as "8000-8010".',
    )
  );
});

const ipRange = value((input): IpRange | { wrong: Fault } => {
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
const interfaceName = value((input) => {
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
