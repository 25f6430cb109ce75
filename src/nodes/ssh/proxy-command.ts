import { Duplex } from 'node:stream';
import { execa } from 'execa';
import { NodeError } from '../errors';
import { hostText, type SshHost } from './host';

/** What a host or a user may be made of before it is put into a command: nothing that means something to a shell. */
const HARMLESS = /^[A-Za-z0-9._:@%+][A-Za-z0-9._:@%+-]*$/;

/**
 * Runs the person's own `ProxyCommand` in a shell, as ssh(1) does; its stdin and stdout are the connection.
 * @param tell told what it writes to stderr
 * @throws NodeError `bad-settings` for a name that must not get into a shell
 */
export function runProxyCommand(command: string, host: SshHost, tell: (text: string) => void): Duplex {
  for (const word of [host.host, host.user, host.alias]) {
    if (HARMLESS.test(word)) continue;
    throw new NodeError(
      'bad-settings',
      `"${word}" cannot be put into the ProxyCommand of ${hostText(host)}.`,
      'Give the host a name of letters, digits, dots and dashes.',
    );
  }
  const options = { stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', buffer: false, reject: false } as const;
  const subprocess =
    process.platform === 'win32'
      ? execa(command, { ...options, shell: true })
      : execa(process.env['SHELL'] ?? '/bin/sh', ['-c', `exec ${command}`], options);
  subprocess.stderr.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) if (line.trim() !== '') tell(`ProxyCommand: ${line.trim()}`);
  });
  const stream = Duplex.from({ readable: subprocess.stdout, writable: subprocess.stdin });
  stream.once('close', () => subprocess.kill());
  return stream;
}
