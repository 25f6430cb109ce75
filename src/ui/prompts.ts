import * as vscode from 'vscode';
import type { HostKeyQuestion, Prompts } from '../nodes/node';
import type { SecretMemory } from './secrets/secret-memory';

/** Asks a person, in dialogs that cannot be overlooked; for what happens by itself, whatever they have said before. */
export function dialogPrompts(secrets: SecretMemory): Prompts {
  const silent: Prompts = {
    confirmHostKey: () => Promise.resolve(false),
    askSecret: (question) => secrets.recall(question),
  };
  return { confirmHostKey, askSecret: (question) => secrets.ask(question), silent };
}

async function confirmHostKey({ host, keyType, fingerprint, notice }: HostKeyQuestion): Promise<boolean> {
  const trust = 'Trust and Connect';
  const answer = await vscode.window.showWarningMessage(
    `The identity of "${host}" is not known yet.`,
    {
      modal: true,
      detail:
        `Its ${keyType} key has the fingerprint\n\n${fingerprint}\n\n` +
        'Compare it with what the administrator of the node says, or with the output of ' +
        '"ssh-keygen -lf" on the node. Trusting it adds it to your known_hosts file.' +
        (notice === undefined ? '' : `\n\n${notice}`),
    },
    trust,
  );
  return answer === trust;
}
