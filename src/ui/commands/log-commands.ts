import type { Failures } from '../failures';
import type { Log } from '../log';
import { COMMANDS } from './ids';
import { CommandGroup } from './register';

export function logCommands(log: Log, failures: Failures): CommandGroup {
  return new CommandGroup(failures, {
    [COMMANDS.logShow]: () => {
      log.show();
    },
  });
}
