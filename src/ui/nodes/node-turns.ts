import { Turns } from '../../nodes/turns';

/** What all nodes share, so that hundreds of them at once do not take each other's time. */
export interface NodeTurns {
  /** To be connected to, as somebody asked for. */
  readonly connect: Turns;
  /** To be connected to again: nodes that stay away must not keep others from being connected to. */
  readonly reconnect: Turns;
  readonly observe: Turns;
  /** To be asked for its workloads anew, while somebody looks. */
  readonly list: Turns;
}

/** Each takes some 50 ms of this process; and an sshd that is jumped over refuses when 10 are not signed in yet (MaxStartups). */
const CONNECT = 8;
/** Enough to hide the round trips of distant nodes, and little enough that what a person does comes in between. */
const OBSERVE = 32;

/** A round of hundreds is spread, and one that does not answer makes no other wait. */
const LIST = 8;

export function nodeTurns(): NodeTurns {
  return {
    connect: new Turns(CONNECT),
    reconnect: new Turns(CONNECT),
    observe: new Turns(OBSERVE),
    list: new Turns(LIST),
  };
}
