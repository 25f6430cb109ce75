import { NodeError } from '../errors';
import type { Command } from '../runner';
import { failedCommand, type Finished, type NodeShell } from '../shell';
import { parseSurvey, surveyCommand, type Survey } from './bootstrap';
import type { AgentFile, AgentFiles } from './files';

const SURVEY_TIMEOUT = 30_000;
/** 2 MB over a slow line. */
const UPLOAD_TIMEOUT = 300_000;
/** How the upload says that what arrived is not what was sent. */
const MISMATCH = 65;

/** Reads the agent from stdin. Arguments: the directory, the file's name, its SHA-256. */
const RECEIVE = String.raw`
set -f
umask 077
new=$1/.upload-$$
trap 'rm -f "$new"' EXIT
cat >"$new" || exit 1
expected=$3
target=$1/$2
set -- $(sha256sum <"$new")
[ "$1" = "$expected" ] || exit ${MISMATCH}
chmod 700 "$new" && mv -f "$new" "$target"
`.trim();

function asRoot(command: Command, survey: Survey): Command {
  if (survey.root === 'login') return command;
  return { file: 'sudo', args: ['-n', '--', command.file, ...command.args] };
}

/** A place for the agent, and the agent for it. */
interface Place {
  readonly survey: Survey;
  readonly directory: string;
  readonly agent: AgentFile;
}

/** What the survey found is enough to go on; otherwise throws the first thing that is in the way. */
function placeFrom(survey: Survey, files: readonly AgentFile[], finished: Finished): Place {
  if (survey.machine === undefined) {
    const remedy = 'Check that the user has a shell and may run commands.';
    throw failedCommand('no-shell', 'Commands cannot be run on the node', finished, remedy);
  }
  const agent = files.find((file) => file.arch === survey.arch);
  if (survey.system !== 'Linux' || !agent) {
    throw new NodeError(
      'unsupported-architecture',
      `There is no agent for ${survey.system ?? 'an unknown system'} on ${survey.machine}.`,
      'Nodes are Linux machines with x86_64 or arm64.',
    );
  }
  if (!survey.entered) {
    const words = finished.stderr.trim() || 'sudo is not installed';
    throw new NodeError(
      'no-root',
      `${survey.user ?? 'The user'} is not root, and cannot become root without a password: ${words}.`,
      'Connect as root, or allow the user to run commands with sudo and NOPASSWD.',
    );
  }
  if (survey.missing !== undefined) {
    throw new NodeError(
      'missing-tool',
      `The node has no ${survey.missing}.`,
      `Install ${survey.missing} (coreutils or busybox) on the node.`,
    );
  }
  if (survey.directory === undefined) {
    const reasons = survey.unusable.join('; ') || finished.stderr.trim();
    throw new NodeError(
      'no-agent-directory',
      `The agent cannot be put anywhere: ${reasons}.`,
      'Make one of these directories writable for root alone, on a file system that allows programs.',
    );
  }
  return { survey, directory: survey.directory, agent };
}

async function upload(shell: NodeShell, place: Place, signal: AbortSignal): Promise<void> {
  const { survey, directory, agent } = place;
  const args = ['-c', RECEIVE, 'mesh-redirect', directory, agent.name, agent.sha256];
  const finished = await shell.run(asRoot({ file: 'sh', args }, survey), {
    signal,
    milliseconds: UPLOAD_TIMEOUT,
    stdin: agent.bytes,
  });
  if (finished.exitCode === 0) return;
  if (finished.exitCode === MISMATCH) {
    throw new NodeError(
      'agent-corrupt',
      `The agent arrived in ${directory} with another SHA-256 than it was sent with.`,
      'Connect again; if it stays, check the disk and the way to the node.',
    );
  }
  const remedy = `Check the free space of ${directory}.`;
  throw failedCommand('no-agent-directory', 'The agent could not be written', finished, remedy);
}

/**
 * Puts the agent on the node if it is not there, and gives the command that starts it. One command when it is
 * there, two when it is not. It is checked by SHA-256 on the node in both cases.
 * @throws NodeError `no-shell`, `unsupported-architecture`, `no-root`, `missing-tool`, `no-agent-directory`,
 * `agent-corrupt`, `time-out`, `cancelled`
 */
export async function installAgent(
  shell: NodeShell,
  agents: AgentFiles,
  signal: AbortSignal,
): Promise<Command> {
  const files = await agents.load();
  const finished = await shell.run(surveyCommand(files), { signal, milliseconds: SURVEY_TIMEOUT });
  const place = placeFrom(parseSurvey(finished.stdout), files, finished);
  const { survey, directory, agent } = place;
  const file = `${directory}/${agent.name}`;
  if (survey.agent !== agent.sha256) {
    if (survey.agent !== undefined) {
      shell.message('warn', `${file} is not the agent that we put there: it is replaced.`);
    }
    await upload(shell, place, signal);
  }
  return asRoot({ file, args: [] }, survey);
}
