import { execFileSync, spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';

/** A user of this machine for one test, without rights and without a home. */
export class TemporaryUser {
  readonly name: string;
  readonly #sudoers: string;

  constructor(name: string, shell: string) {
    this.name = name;
    this.#sudoers = `/etc/sudoers.d/${name}`;
    this.remove();
    // "*" is no password and, unlike "!", no lock.
    execFileSync('useradd', [
      '--no-create-home',
      '--home-dir',
      '/',
      '--password',
      '*',
      '--shell',
      shell,
      name,
    ]);
  }

  /** Gives the user a password; before, none would be right. */
  setPassword(password: string): void {
    // Without PAM, whose own modules may ask for more than this.
    execFileSync('chpasswd', ['--crypt-method', 'SHA512'], { input: `${this.name}:${password}\n` });
  }

  /** The password has to be changed at the next login. */
  expirePassword(): void {
    execFileSync('chage', ['--lastday', '0', this.name]);
  }

  /** Lets the user become root, without a password unless told otherwise. */
  allowSudo(withPassword = false): void {
    const tag = withPassword ? '' : 'NOPASSWD: ';
    writeFileSync(this.#sudoers, `${this.name} ALL=(root) ${tag}ALL\n`, { mode: 0o440 });
  }

  /** Whether any process is still this user's. */
  hasProcesses(): boolean {
    const NONE = 1;
    const { status, stderr } = spawnSync('pgrep', ['--uid', this.name], { encoding: 'utf8' });
    if (status !== 0 && status !== NONE) throw new Error(`pgrep: ${stderr}`);
    return status === 0;
  }

  /** Also where the last run was killed before it came to this. */
  remove(): void {
    rmSync(this.#sudoers, { force: true });
    try {
      execFileSync('userdel', [this.name], { stdio: 'pipe' });
    } catch (error) {
      const NO_SUCH_USER = 6;
      if ((error as { status?: number }).status !== NO_SUCH_USER) throw error;
    }
  }
}
