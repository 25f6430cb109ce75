import { readFileSync } from 'node:fs';

/** The processes that this one has started and not yet reaped. */
export function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** What it was started as; nothing once it has ended. */
export function argvOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

/** The fields of proc(5)'s stat after the name: state, parent, group, session, ... Throws once it is gone. */
const fieldsOf = (pid: number): string[] =>
  readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];

/** False once it has ended, also where nobody reaps it. */
export function isAlive(pid: number): boolean {
  try {
    return fieldsOf(pid)[0] !== 'Z';
  } catch {
    return false;
  }
}

/** The leader of its session. */
export const sessionOf = (pid: number): number => Number(fieldsOf(pid)[3]);
