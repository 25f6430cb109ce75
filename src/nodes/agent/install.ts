import { NodeError } from '../errors';
import type { Secret } from '../node';
import type { Channel } from '../runner';
import { failedCommand, type Finished, type NodeShell } from '../shell';
import { AS_IS, SUDO, sudoWithPassword, type RootWay } from '../root';
import { rootSurveyCommand, surveyCommand, type Fate, type Survey } from './bootstrap';
import type { AgentFile, AgentFiles } from './files';
import { runSurvey, type Surveyed } from './survey';

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

/** The agent, which runs, and as whom. */
export interface StartedAgent {
  readonly channel: Channel;
  readonly as: RootWay;
}

/** What starting takes besides the node. */
interface Terms {
  readonly files: readonly AgentFile[];
  readonly fate: Fate;
  readonly signal: AbortSignal;
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
      stdin: await agent.bytes(),
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

/** Looks around on the node, as root, and starts the agent if it is there. Where sudo wants a password for that, it is asked for. */
async function survey(
  shell: NodeShell,
  { files, fate, signal }: Terms,
  ask: AskSudoPassword,
): Promise<Surveyed & { as: RootWay }> {
  const first = await runSurvey(shell, surveyCommand(files, fate), { as: AS_IS, signal });
  const { found, outcome } = first;
  if (found.root !== 'sudo') return { ...first, as: AS_IS };
  if (found.entered || 'agent' in outcome) return { ...first, as: SUDO };
  const as = sudoWithPassword((again, waiting) =>
    ask(found.user ?? '', again, AbortSignal.any([signal, waiting])),
  );
  const before = outcome.finished.stdout;
  return { ...(await runSurvey(shell, rootSurveyCommand(files, fate), { as, signal, before })), as };
}

/**
 * Starts the agent, and puts it on the node before if it is not there. One command when it is there, three when it is not, and
 * one more where sudo wants a password. Its SHA-256 is checked on the node each time, by what then starts it.
 * @throws NodeError `no-shell`, `unsupported-architecture`, `no-root`, `missing-tool`, `no-agent-directory`,
 * `agent-corrupt`, `time-out`, `cancelled`
 */
export async function startInstalled(
  shell: NodeShell,
  agents: AgentFiles,
  ask: AskSudoPassword,
  { fate, signal }: Omit<Terms, 'files'>,
): Promise<StartedAgent> {
  const files = await agents.load();
  const { found, outcome, as } = await survey(shell, { files, fate, signal }, ask);
  const started = (channel: Channel, directory = ''): StartedAgent => {
    const name = files.find(({ arch }) => arch === found.arch)?.name ?? '';
    shell.message('info', `What looked around is the agent now: ${directory}/${name}`);
    return { channel, as };
  };
  if ('agent' in outcome) return started(outcome.agent, found.directory);
  const place = placeFrom(found, files, outcome.finished);
  const file = `${place.directory}/${place.agent.name}`;
  if (found.agent !== undefined) {
    shell.message('warn', `${file} is not the agent that we put there: it is replaced.`);
  }
  await upload(shell, place, as, signal);
  const again = await runSurvey(shell, rootSurveyCommand(files, fate), { as, signal });
  if ('agent' in again.outcome) return started(again.outcome.agent, place.directory);
  const remedy = `Connect again; if it stays, look who else changes ${place.directory}.`;
  throw failedCommand('agent-corrupt', `${file} is not what was put there`, again.outcome.finished, remedy);
}
