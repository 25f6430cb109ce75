import type { TraceQuery } from '../../src/protocol/inspector';

/** The form as it is filled in. */
export interface TraceForm {
  direction: TraceQuery['direction'];
  uid: string;
  source: string;
  destination: string;
  port: string;
  interface: string;
}

export const EMPTY_FORM: TraceForm = {
  ...{ direction: 'outbound', uid: '1000', source: '', destination: '', port: '80', interface: '' },
};

/** What is wrong with a field. */
export interface Fault {
  field: keyof TraceForm;
  message: string;
}

const ADDRESS = /^[0-9.]+$|^[0-9a-f:.]*:[0-9a-f:.]*$/i;

function numberIn(text: string, least: number, most: number): number | null {
  const number = /^\d+$/.test(text.trim()) ? Number(text) : NaN;
  return number >= least && number <= most ? number : null;
}

/** The connection that a form means, or what is wrong with it. The host looks at addresses closer. */
export function readForm(form: TraceForm): TraceQuery | Fault {
  const { direction } = form;
  const destination = form.destination.trim();
  if (!ADDRESS.test(destination)) {
    return { field: 'destination', message: 'Enter an IPv4 or IPv6 address.' };
  }
  const port = numberIn(form.port, 1, 65535);
  if (port === null) return { field: 'port', message: 'Enter a port from 1 to 65535.' };
  const uid = direction === 'inbound' ? 0 : numberIn(form.uid, 0, 0xffffffff);
  if (uid === null) return { field: 'uid', message: 'Enter the number of a user, such as 1000.' };
  const source = direction === 'inbound' ? form.source.trim() : '';
  if (source !== '' && !ADDRESS.test(source)) {
    return { field: 'source', message: 'Enter an IPv4 or IPv6 address, or nothing.' };
  }
  return { direction, uid, source, destination, port, interface: form.interface.trim().slice(0, 16) };
}

/** A form filled in with a connection. */
export function formOf(query: TraceQuery): TraceForm {
  return { ...query, uid: String(query.uid), port: String(query.port) };
}

/** Reads a kept form; what does not fit is as at first. */
export function keptForm(kept: unknown): TraceForm {
  if (typeof kept !== 'object' || kept === null) return EMPTY_FORM;
  const read = kept as Record<string, unknown>;
  const text = (name: keyof TraceForm): string => {
    const value = read[name];
    return typeof value === 'string' ? value : EMPTY_FORM[name];
  };
  return {
    direction: read['direction'] === 'inbound' ? 'inbound' : 'outbound',
    uid: text('uid'),
    source: text('source'),
    destination: text('destination'),
    port: text('port'),
    interface: text('interface'),
  };
}
