import * as vscode from 'vscode';
import type { KeyRing } from '../../nodes';
import type { Failures } from '../failures';
import type { SecretMemory } from '../secrets/secret-memory';
import { COMMANDS } from './ids';
import { CommandGroup } from './register';

/** Forgetting secrets. */
export function secretCommands(secrets: SecretMemory, keys: KeyRing, failures: Failures): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.secretsForget]: async () => {
      keys.forget();
      const kept = await secrets.forget();
      const where = kept === 0 ? 'none was in the secret storage' : `${kept} of them in the secret storage`;
      void vscode.window.showInformationMessage(`Passwords and passphrases are forgotten (${where}).`);
    },
  });
}
