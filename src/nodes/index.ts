/** What others need of nodes before one is connected. Importing this loads neither ssh2 nor execa. */
export { AgentFiles } from './agent/files';
export { AgentError, NodeError, type NodeErrorKind } from './errors';
export { kindNode, type KindNodeSettings } from './kind/kind-node';
export type { BackOff, KeepTerms, KeptConnection } from './keep';
export { localNode } from './local/local-node';
export type {
  CommandLog,
  Connection,
  ConnectOptions,
  HostKeyQuestion,
  Node,
  NodeKind,
  NodeTerms,
  Prompts,
  Secret,
  SecretKind,
  SecretQuestion,
} from './node';
export { KeyRing } from './ssh/key-ring';
export { sshNodeId, type SshSettings } from './ssh/settings';
export { sshNode } from './ssh/ssh-node';
