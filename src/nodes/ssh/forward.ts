import type { Client, ClientChannel } from 'ssh2';
import { abortable } from '../abort';
import { NodeError } from '../errors';
import { hostText, type SshHost } from './host';

/** RFC 4254, section 5.1: why a channel is not opened. */
const PROHIBITED = 1;
const CONNECT_FAILED = 2;

function forwardError(jump: SshHost, host: SshHost, error: Error & { reason?: number | string }): NodeError {
  const [from, to] = [hostText(jump), hostText(host)];
  const words = error.message.replace(/^\(SSH\) Channel open failure: /, '');
  const options = { cause: error };
  if (error.reason === PROHIBITED) {
    return new NodeError(
      'unreachable',
      `${from} does not forward connections to ${to}: ${words}.`,
      'Allow it there: AllowTcpForwarding and PermitOpen in sshd_config, and no "restrict" before the key.',
      options,
    );
  }
  if (error.reason === CONNECT_FAILED) {
    const message = `${from} cannot reach ${to}: ${words}.`;
    return new NodeError('unreachable', message, `Check the address as it is seen from ${from}.`, options);
  }
  const message = `${from} opened no way to ${to}: ${words}.`;
  return new NodeError('unreachable', message, 'Connect again.', options);
}

/** Opens a connection to `host` through a machine that we are signed in to. @throws NodeError `unreachable`, `cancelled` */
export async function forward(
  via: { client: Client; host: SshHost },
  host: SshHost,
  signal: AbortSignal,
): Promise<ClientChannel> {
  const opening = new Promise<ClientChannel>((resolve, reject) => {
    const refuse = (error: Error): void => {
      reject(forwardError(via.host, host, error));
    };
    try {
      via.client.forwardOut('127.0.0.1', 0, host.host, host.port, (error, channel) => {
        if (error) refuse(error);
        else resolve(channel);
      });
    } catch (error) {
      // ssh2 throws when its socket is gone already.
      refuse(error as Error);
    }
  });
  return abortable(opening, signal, `Connecting to ${hostText(host)}`, () => {
    void opening.then(
      (late) => late.destroy(),
      () => undefined,
    );
  });
}
