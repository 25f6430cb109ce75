import { connect, type Socket } from 'node:net';
import { abortable } from '../abort';
import { NodeError } from '../errors';
import { hostText, type SshHost } from './host';

export type TcpTarget = Pick<SshHost, 'host' | 'port' | 'addressFamily' | 'bindAddress'>;

function connectError(target: TcpTarget, error: NodeJS.ErrnoException): NodeError {
  const options = { cause: error };
  if (error.code === 'ECONNREFUSED') {
    const message = `Nothing listens on port ${target.port} of ${target.host}.`;
    return new NodeError('port-closed', message, 'Check the port, and that sshd runs on the node.', options);
  }
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    const message = `The name ${target.host} cannot be resolved.`;
    return new NodeError('unreachable', message, 'Check the spelling and your DNS.', options);
  }
  return new NodeError(
    'unreachable',
    `${hostText(target)} cannot be reached: ${error.message}.`,
    'Check the address, the network and the firewalls on the way.',
    options,
  );
}

/** Opens the TCP connection. @throws NodeError `port-closed`, `unreachable`, `cancelled`, or the signal's own reason */
export async function openTcp(target: TcpTarget, signal: AbortSignal): Promise<Socket> {
  const { host, port, addressFamily, bindAddress } = target;
  const socket = connect({
    host,
    port,
    family: addressFamily,
    ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    noDelay: true,
  });
  const opened = new Promise<Socket>((resolve, reject) => {
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      reject(connectError(target, error));
    });
  });
  // After an abort the socket's own error has nobody left to tell.
  opened.catch(() => undefined);
  return abortable(opened, signal, `Connecting to ${hostText(target)}`, () => socket.destroy());
}
