import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Runs `work` with the socket of a real ssh-agent that holds these keys. A key with a passphrase is given it by `ssh-add`. */
export async function withSshAgent<T>(
  keys: readonly (string | { file: string; passphrase: string })[],
  work: (socket: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'mesh-redirect-agent-'));
  const socket = path.join(directory, 'socket');
  const printed = execFileSync('ssh-agent', ['-s', '-a', socket], { encoding: 'utf8' });
  const pid = Number(/SSH_AGENT_PID=(\d+)/.exec(printed)?.[1]);
  try {
    for (const key of keys) {
      const { file, passphrase } = typeof key === 'string' ? { file: key, passphrase: '' } : key;
      const script = `printf '%s\\n' "$PASSPHRASE"`;
      const askpass = path.join(directory, 'askpass');
      execFileSync('sh', [
        '-c',
        `printf '#!/bin/sh\\n%s\\n' "$1" >"$2" && chmod 700 "$2"`,
        'sh',
        script,
        askpass,
      ]);
      execFileSync('ssh-add', ['-q', file], {
        env: {
          ...process.env,
          SSH_AUTH_SOCK: socket,
          SSH_ASKPASS: askpass,
          SSH_ASKPASS_REQUIRE: 'force',
          PASSPHRASE: passphrase,
        },
      });
    }
    return await work(socket);
  } finally {
    process.kill(pid);
    await rm(directory, { recursive: true });
  }
}
