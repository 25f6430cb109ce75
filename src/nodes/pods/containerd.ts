/** The pods that a node's containerd knows, by its own command line: commands as data, and what they print. */
import * as z from 'zod';
import type { Pod } from '../../core/model';
import type { Sandbox } from '../../core/pods';
import type { Command } from '../runner';

/** Begins every line that we print. */
const MARK = 'mesh-redirect:';

/** So many sandboxes at once: what one takes to describe is up to 20 KB. */
export const SANDBOXES_AT_ONCE = 32;

/** Finds containerd's socket and a program that speaks with it: its own, or the one that k3s brings. */
const FIND = String.raw`
for socket in /run/containerd/containerd.sock /run/k3s/containerd/containerd.sock; do
  [ ! -S "$socket" ] || break
done
[ -S "$socket" ] || exit 0
if command -v ctr >/dev/null 2>&1; then ctr() { command ctr --address "$socket" --namespace k8s.io "$@"; }
elif command -v k3s >/dev/null 2>&1; then ctr() { k3s ctr --address "$socket" --namespace k8s.io "$@"; }
else exit 0; fi
`.trim();

const LIST = String.raw`
${FIND}
printf 'mesh-redirect:tasks\n'
ctr tasks list || exit
printf 'mesh-redirect:sandboxes\n'
ctr containers list --quiet 'labels."io.cri-containerd.kind"==sandbox'
`.trim();

const DESCRIBE = String.raw`
${FIND}
for id; do
  printf 'mesh-redirect:sandbox\n'
  # It may have gone meanwhile.
  ctr containers info "$id" || :
done
`.trim();

const script = (text: string, ...args: readonly string[]): Command => ({
  file: 'sh',
  args: ['-c', text, 'mesh-redirect', ...args],
});

/** Prints what `parseList` reads; nothing where there is no containerd. */
export const listCommand: Command = script(LIST);

/** Prints what `parseSandboxes` reads. */
export const describeCommand = (ids: readonly string[]): Command => script(DESCRIBE, ...ids);

/** What runs, and which of it is a sandbox. */
export interface Running {
  /** The process of each container that has one. */
  readonly pids: ReadonlyMap<string, number>;
  readonly sandboxes: readonly string[];
}

/** Null where the node has no containerd. */
export function parseList(stdout: string): Running | null {
  const [tasks, sandboxes] = sections(stdout, ['tasks', 'sandboxes']);
  if (tasks === undefined || sandboxes === undefined) return null;
  const pids = new Map<string, number>();
  for (const line of tasks.split('\n').slice(1)) {
    const [id = '', pid = '', status] = line.trim().split(/\s+/);
    if (status === 'RUNNING') pids.set(id, Number(pid));
  }
  const ids = sandboxes.split('\n').map((line) => line.trim());
  return { pids, sandboxes: ids.filter((id) => id !== '') };
}

function sections(stdout: string, names: readonly string[]): (string | undefined)[] {
  const parts = stdout.split(new RegExp(`^${MARK}(\\w+)\\n`, 'm'));
  return names.map((name) => {
    const at = parts.findIndex((part, index) => index % 2 === 1 && part === name);
    return at < 0 ? undefined : parts[at + 1];
  });
}

const texts = z.record(z.string(), z.string());

/** As `ctr containers info` prints it. */
const Container = z.object({
  ID: z.string(),
  Labels: texts.nullish(),
  Extensions: z.record(z.string(), z.object({ value: z.string().nullish() })).nullish(),
  Spec: z
    .object({
      annotations: texts.nullish(),
      linux: z
        .object({
          namespaces: z.array(z.object({ type: z.string(), path: z.string().nullish() })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
type Container = z.infer<typeof Container>;

/** What the CRI plugin keeps of a sandbox (containerd's `pkg/cri/store/sandbox`): what the kubelet asked for, among others. */
const Metadata = z.object({
  Metadata: z.object({
    NetNSPath: z.string().nullish(),
    Config: z.object({ labels: texts.nullish(), annotations: texts.nullish() }).nullish(),
  }),
});

const EXTENSION = 'io.cri-containerd.sandbox.metadata';
/** What the kubelet and containerd add to a pod's own labels. */
const ADDED = /^io\.(kubernetes|cri-containerd)\b/;

function metadataOf({ Extensions: extensions }: Container): z.infer<typeof Metadata>['Metadata'] | null {
  const value = extensions?.[EXTENSION]?.value;
  if (value === undefined || value === null) return null;
  try {
    const parsed = Metadata.safeParse(JSON.parse(Buffer.from(value, 'base64').toString('utf8')));
    return parsed.success ? parsed.data.Metadata : null;
  } catch {
    return null; // Of a version that keeps it otherwise: labels and spec tell the rest.
  }
}

function sandboxOf(container: Container, { pids }: Running): Sandbox | null {
  const labels = container.Labels ?? {};
  const name = labels['io.kubernetes.pod.name'];
  if (name === undefined) return null;
  const metadata = metadataOf(container);
  // Where the kubelet's words are kept, they are all of it: containerd has annotations of its own in the specification.
  const told = metadata?.Config ?? { labels, annotations: container.Spec?.annotations };
  const own = Object.entries(told.labels ?? {}).filter(([key]) => !ADDED.test(key));
  const path =
    metadata?.NetNSPath ?? container.Spec?.linux?.namespaces?.find(({ type }) => type === 'network')?.path;
  const pod: Pod = {
    namespace: labels['io.kubernetes.pod.namespace'] ?? 'default',
    name,
    uid: labels['io.kubernetes.pod.uid'] ?? '',
    labels: Object.fromEntries(own),
    annotations: told.annotations ?? {},
  };
  const netns = /\/run\/netns\/([^/]+)$/.exec(path ?? '')?.[1] ?? null;
  return { pod, pid: pids.get(container.ID) ?? null, netns };
}

/** The pods whose sandboxes run. What is of no shape that we know is passed over, and told of by its number. */
export function parseSandboxes(stdout: string, running: Running): { sandboxes: Sandbox[]; unknown: number } {
  const sandboxes: Sandbox[] = [];
  let unknown = 0;
  for (const text of stdout.split(`${MARK}sandbox\n`).slice(1)) {
    if (text.trim() === '') continue;
    const container = parseContainer(text);
    const sandbox = container && sandboxOf(container, running);
    if (sandbox) sandboxes.push(sandbox);
    else unknown += 1;
  }
  return { sandboxes, unknown };
}

function parseContainer(text: string): Container | null {
  try {
    const parsed = Container.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
