import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import type * as z from 'zod';
import { AgentError, NodeError } from '../errors';
import { AgentErrorData } from './protocol';

const REINSTALL = 'Disconnect and connect again; if it stays, report it with the log.';

/** `data.kind` for JSON-RPC's own error codes, which carry no data. */
const RPC_KINDS: ReadonlyMap<number, string> = new Map([
  [ErrorCodes.ParseError, 'parse-error'],
  [ErrorCodes.InvalidRequest, 'invalid-request'],
  [ErrorCodes.MethodNotFound, 'no-such-verb'],
  [ErrorCodes.InvalidParams, 'wrong-params'],
]);

/** A reply or a notification that has not the shape of the protocol. Names the field. */
export function shapeError(what: string, error: z.ZodError): NodeError {
  const issue = error.issues[0];
  const field = issue && issue.path.length > 0 ? issue.path.map(String).join('.') : 'the whole of it';
  return new NodeError(
    'agent-protocol',
    `The agent's "${what}" has a wrong shape: ${field}: ${issue?.message ?? 'unknown'}.`,
    REINSTALL,
  );
}

/** What came over the agent's stdout is not JSON-RPC at all. */
export function garbledError(cause: Error): NodeError {
  const message = `The agent sent something that is not JSON-RPC: ${cause.message}`;
  return new NodeError('agent-protocol', message, REINSTALL, { cause });
}

/** The agent is not there any more. `reason` in words for a person. */
export function endedError(reason: string): NodeError {
  return new NodeError('agent-ended', `The agent has ended: ${reason}.`, 'Connect the node again.');
}

/** Whether a request was rejected by the agent, and not because it could not be sent. */
export function isReply(error: unknown): error is ResponseError<unknown> {
  return (
    error instanceof ResponseError &&
    error.code !== ErrorCodes.MessageWriteError &&
    error.code !== ErrorCodes.PendingResponseRejected
  );
}

/** Whether a stream itself failed (`EPIPE`, `ERR_STREAM_DESTROYED`), and not what came over it. */
export const isStreamError = (error: Error): boolean => 'code' in error && typeof error.code === 'string';

/** What the agent rejected a request with, as one of our errors. */
export function replyError(verb: string, error: ResponseError<unknown>): NodeError | AgentError {
  const data = AgentErrorData.safeParse(error.data);
  const kind = RPC_KINDS.get(error.code);
  if (data.success) return new AgentError(verb, error.message, data.data);
  if (kind !== undefined) return new AgentError(verb, error.message, { kind });
  return new NodeError(
    'agent-protocol',
    `The agent refused "${verb}" without saying which kind of error it is: ${error.message}`,
    REINSTALL,
  );
}
