/* SPDX-License-Identifier: Apache-2.0 */
/* Why a verb failed: what becomes the error object of its reply. docs/agent-protocol.md lists the kinds. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#define RPC_PARSE_ERROR (-32700)
#define RPC_INVALID_REQUEST (-32600)
#define RPC_NO_SUCH_VERB (-32601)
#define RPC_INVALID_PARAMS (-32602)
#define RPC_INTERNAL_ERROR (-32603)
#define RPC_FAILED (-32000)

struct failure {
	int code; /* 0: nothing failed */
	char *message;
	json_t *data; /* may be NULL */
};

/*
 * Each fills `failure` and returns -1, so that callers can `return fail(...)`. The first failure stays: what
 * fails while cleaning up after it does not hide it.
 */
/* `data` names the kind and its details; the reference to it is taken. */
int fail(struct failure *failure, json_t *data, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int fail_params(struct failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));
/*
 * The system call or library function `call` has just failed, and errno says why. `path` may be NULL.
 * EPERM and EACCES of an agent that is not root are `not-permitted`.
 */
int fail_system(struct failure *failure, const char *call, const char *path);
/* The request was for a namespace that is gone. */
int fail_workload(struct failure *failure, const char *workload);

/* Whether it is of this `kind`. */
bool failure_is(const struct failure *failure, const char *kind);
/* `failure` of `switch/changed`: what failed, as an error reply would say it. */
json_t *failure_json(const struct failure *failure, const char *verb);
void failure_clear(struct failure *failure);
