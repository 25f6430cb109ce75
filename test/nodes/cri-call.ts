/** One call of the container runtime interface, over gRPC as far as it takes: nothing else here speaks it. */
import { connect, type ClientHttp2Stream } from 'node:http2';
import { createConnection } from 'node:net';

/** What the kubelet says of a pod. */
export interface CriPod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const BYTES = 2;

/** A number of protobuf, below 2^31. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
const bytes = (field: number, value: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | BYTES), varint(value.length), value]);
const text = (field: number, value: string): Buffer => bytes(field, Buffer.from(value));
const message = (field: number, ...fields: readonly Buffer[]): Buffer => bytes(field, Buffer.concat(fields));
const map = (field: number, values: Readonly<Record<string, string>>): Buffer[] =>
  Object.entries(values).map(([key, value]) => message(field, text(1, key), text(2, value)));

/** `RunPodSandboxRequest` of k8s.io/cri-api v1, with the labels that the kubelet adds. */
function runPodSandbox(pod: CriPod & { cgroup: string; logs: string }): Buffer {
  const { name, namespace, uid, labels, annotations, cgroup, logs } = pod;
  const kubelet = { name, namespace, uid };
  const added = Object.entries(kubelet).map(([key, value]) => [`io.kubernetes.pod.${key}`, value]);
  return message(
    1,
    message(1, text(1, name), text(2, uid), text(3, namespace)),
    ...[text(2, name), text(3, logs)],
    ...map(6, { ...labels, ...(Object.fromEntries(added) as Record<string, string>) }),
    ...map(7, annotations),
    // With no word of its namespaces, each is the pod's own.
    message(8, text(1, cgroup), message(2, message(1))),
  );
}

/** The answer's bytes. Rejects with what the runtime says where it refuses. */
function answer(stream: ClientHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const refuse = (headers: Record<string, unknown>): void => {
      const { 'grpc-status': status = '0', 'grpc-message': words } = headers;
      if (status !== '0') reject(new Error(`the CRI refuses: ${decodeURIComponent(String(words))}`));
    };
    stream.on('response', refuse).on('trailers', refuse).on('error', reject);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      resolve(Buffer.concat(chunks));
    });
  });
}

/** Has the runtime at this socket make a pod. */
export async function runPod(socket: string, pod: Parameters<typeof runPodSandbox>[0]): Promise<void> {
  const session = connect('http://localhost', { createConnection: () => createConnection(socket) });
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/runtime.v1.RuntimeService/RunPodSandbox',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const body = runPodSandbox(pod);
    const head = Buffer.alloc(5);
    head.writeUInt32BE(body.length, 1);
    stream.end(Buffer.concat([head, body]));
    await answer(stream);
  } finally {
    session.close();
  }
}
