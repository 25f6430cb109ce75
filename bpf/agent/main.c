/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"
#include "bpf_log.h"
#include "control_port.h"
#include "netns.h"
#include "tools.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const char usage[] = "usage: mesh-redirect-agent            speaks JSON-RPC on stdin and stdout\n"
			    "       mesh-redirect-agent probe      prints what this node can do\n"
			    "       mesh-redirect-agent version    prints the version\n";

int main(int argc, char **argv)
{
	struct agent agent = {0};
	int exit_code;

	if (argc == 2 && !strcmp(argv[1], "version")) {
		puts(AGENT_VERSION);
		return EX_OK;
	}
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "probe") != 0)) {
		fputs(usage, stderr);
		return EX_USAGE;
	}
	if (netns_open_own(&agent))
		err(EX_OSERR, "cannot open the own network namespace");
	agent.control_port = control_port();
	bpf_log_to(NULL);
	exit_code = argc == 2 ? probe(&agent) : serve(&agent);
	tools_free(&agent);
	close(agent.own_netns);
	return exit_code;
}
