import { NodeError } from '../errors';
import type { Secret } from '../node';
import { failedCommand, type Finished, type NodeShell } from '../shell';
import { AS_IS, SUDO, sudoWithPassword, type RootWay } from '../root';
import { parseSurvey, rootSurveyCommand, surveyCommand, type Survey } from './bootstrap';
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

/** Asks for the password that sudo wants of a user. Undefined: the person gave up. */
export type AskSudoPassword = (
  user: string,
  again: boolean,
  signal: AbortSignal,
) => Promise<Secret | undefined>;

/** A place for the agent, and the agent for it. */
interface Place {
  readonly survey: Survey;
  readonly directory: string;
  readonly agent: AgentFile;
}

/** Where the agent is, and as whom it has to be started. */
export interface InstalledAgent {
  readonly file: string;
  readonly as: RootWay;
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
      `${survey.user ?? 'The user'} is not root, and cannot become root: ${words}.`,
      'Connect as root, or allow the user to run commands with sudo.',
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

async function upload(shell: NodeShell, place: Place, as: RootWay, signal: AbortSignal): Promise<void> {
  const { directory, agent } = place;
  const args = ['-c', RECEIVE, 'mesh-redirect', directory, agent.name, agent.sha256];
  const finished = await shell.run(
    { file: 'sh', args },
    {
      as,
      signal,
      milliseconds: UPLOAD_TIMEOUT,
      stdin: agent.bytes,
    },
  );
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

/** Looks around on the node, as root. Where sudo wants a password for that, it is asked for. */
async function survey(
  shell: NodeShell,
  files: readonly AgentFile[],
  ask: AskSudoPassword,
  signal: AbortSignal,
): Promise<{ found: Survey; as: RootWay; finished: Finished }> {
  const finished = await shell.run(surveyCommand(files), { signal, milliseconds: SURVEY_TIMEOUT });
  const found = parseSurvey(finished.stdout);
  if (found.root !== 'sudo') return { found, as: AS_IS, finished };
  if (found.entered) return { found, as: SUDO, finished };
  const as = sudoWithPassword((again, waiting) =>
    ask(found.user ?? '', again, AbortSignal.any([signal, waiting])),
  );
  const second = await shell.run(rootSurveyCommand(files), { as, signal, milliseconds: SURVEY_TIMEOUT });
  return { found: parseSurvey(finished.stdout + second.stdout), as, finished: second };
}

/**
 * Puts the agent on the node if it is not there, and says where it is. One command when it is there, two when it is not, and one
 * more where sudo wants a password. It is checked by SHA-256 on the node in every case.
 * @throws NodeError `no-shell`, `unsupported-architecture`, `no-root`, `missing-tool`, `no-agent-directory`,
 * `agent-corrupt`, `time-out`, `cancelled`
 */
export async function installAgent(
  shell: NodeShell,
  agents: AgentFiles,
  ask: AskSudoPassword,
  signal: AbortSignal,
): Promise<InstalledAgent> {
  const files = await agents.load();
  const { found, as, finished } = await survey(shell, files, ask, signal);
  const place = placeFrom(found, files, finished);
  const { directory, agent } = place;
  const file = `${directory}/${agent.name}`;
  if (found.agent !== agent.sha256) {
    if (found.agent !== undefined) {
      shell.message('warn', `${file} is not the agent that we put there: it is replaced.`);
    }
    await upload(shell, place, as, signal);
  }
  return { file, as };
}
