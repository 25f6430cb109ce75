import * as vscode from 'vscode';
import type { Prompts } from '../nodes/node';

/** Asks a person, in dialogs that cannot be overlooked. */
export const dialogPrompts: Prompts = {
  async confirmHostKey({ host, keyType, fingerprint }) {
    const trust = 'Trust and Connect';
    const answer = await vscode.window.showWarningMessage(
      `The identity of "${host}" is not known yet.`,
      {
        modal: true,
        detail:
          `Its ${keyType} key has the fingerprint\n\n${fingerprint}\n\n` +
          'Compare it with what the administrator of the node says, or with the output of ' +
          '"ssh-keygen -lf" on the node. Trusting it adds it to your known_hosts file.',
      },
      trust,
    );
    return answer === trust;
  },
};
