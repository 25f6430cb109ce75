// SPDX-License-Identifier: Apache-2.0
/*
 *   load server --name NAME --port PORT [--port PORT ...] [--uid UID]
 *   load client --target ADDRESS:PORT=NAME [--target ...] [--persistent N] [--lasting N]
 *               [--lifetime REQUESTS] [--pause MS] [--rate PER_SECOND] [--size BYTES] [--bulk] [--sidecar]
 *               [--via ADDRESS:PORT] [--warmup MS] [--patience MS] [--interval MS] [--uid UID]
 *
 * The server prints `ready`. The client prints its totals as lines of JSON. Both end on SIGTERM: the client
 * after what it has begun, with a last line in which `done` is true.
 */
#include "load.h"
#include "../shared/endpoint.h"
#include "../shared/loop.h"
#include "../shared/process.h"

#include <err.h>
#include <getopt.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_PORTS 64

uint8_t payload[MAX_FRAME];

struct options {
	struct client_options client;
	uint16_t ports[MAX_PORTS];
	size_t port_count;
	const char *name;
	const char *via;
	uid_t uid;
};

uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000 + (uint64_t)time.tv_nsec / 1000;
}

/* `10.0.0.1:80=name` or `[::1]:80=name`. */
static struct target target_of(char *text)
{
	struct target target = {0};
	char *name = strchr(text, '=');
	struct endpoint_address at;

	if (!name)
		errx(2, "not ADDRESS:PORT=NAME: %s", text);
	*name++ = '\0';
	at = endpoint_parse(text);
	snprintf(target.name, sizeof(target.name), "%s:%s", name, strrchr(text, ':') + 1);
	target.address = at.address;
	target.length = at.length;
	return target;
}

/* Who is to answer stays; how it is reached is left to who takes connections here. */
static void go_by(struct client_options *client, const char *text)
{
	const struct endpoint_address at = endpoint_parse(text);

	for (size_t i = 0; i < client->target_count; i++) {
		client->targets[i].address = at.address;
		client->targets[i].length = at.length;
	}
}

static void parse_client_option(int option, struct client_options *client)
{
	switch (option) {
	case 't':
		if (client->target_count == MAX_TARGETS)
			errx(2, "at most %d targets", MAX_TARGETS);
		client->targets[client->target_count++] = target_of(optarg);
		break;
	case 'c':
		client->persistent = (unsigned)number(optarg, 10000);
		break;
	case 'l':
		client->lasting = (unsigned)number(optarg, 10000);
		break;
	case 'L':
		client->lifetime = (unsigned)number(optarg, 1000000000);
		break;
	case 'w':
		client->pause = (unsigned)number(optarg, 3600000);
		break;
	case 'r':
		client->rate = (unsigned)number(optarg, 1000000);
		break;
	case 's':
		client->size = number(optarg, MAX_FRAME);
		break;
	case 'S':
		client->sidecar = true;
		break;
	case 'b':
		client->bulk = true;
		break;
	case 'W':
		client->warmup = (unsigned)number(optarg, 3600000);
		break;
	case 'P':
		client->patience = (unsigned)number(optarg, 3600000);
		break;
	case 'i':
		client->interval = (unsigned)number(optarg, 3600000);
		break;
	default:
		exit(2);
	}
}

static struct options parse(int argc, char **argv)
{
	static const struct option names[] = {
	    {"name", required_argument, NULL, 'n'},
	    {"port", required_argument, NULL, 'p'},
	    {"uid", required_argument, NULL, 'u'},
	    {"target", required_argument, NULL, 't'},
	    {"persistent", required_argument, NULL, 'c'},
	    {"lasting", required_argument, NULL, 'l'},
	    {"lifetime", required_argument, NULL, 'L'},
	    {"pause", required_argument, NULL, 'w'},
	    {"rate", required_argument, NULL, 'r'},
	    {"size", required_argument, NULL, 's'},
	    {"bulk", no_argument, NULL, 'b'},
	    {"sidecar", no_argument, NULL, 'S'},
	    {"via", required_argument, NULL, 'v'},
	    {"warmup", required_argument, NULL, 'W'},
	    {"patience", required_argument, NULL, 'P'},
	    {"interval", required_argument, NULL, 'i'},
	    {NULL, 0, NULL, 0},
	};
	struct options options = {
	    .client = {.size = sizeof(struct frame), .lifetime = 100, .patience = 10000, .interval = 200},
	    .uid = geteuid(),
	};
	int option;

	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (option == 'n') {
			options.name = optarg;
		} else if (option == 'u') {
			options.uid = (uid_t)number(optarg, UINT32_MAX - 1);
		} else if (option == 'v') {
			options.via = optarg;
		} else if (option == 'p') {
			if (options.port_count == MAX_PORTS)
				errx(2, "at most %d ports", MAX_PORTS);
			options.ports[options.port_count++] = (uint16_t)number(optarg, UINT16_MAX);
		} else {
			parse_client_option(option, &options.client);
		}
	}
	if (options.via)
		go_by(&options.client, options.via);
	return options;
}

static void start_server(const struct options *options)
{
	if (!options->name || options->port_count == 0)
		errx(2, "a server needs --name and --port");
	for (size_t i = 0; i < options->port_count; i++)
		if (serve(options->name, options->ports[i]) < 0)
			err(1, "listen on port %u", options->ports[i]);
	puts("ready");
	fflush(stdout);
}

static void start_client(const struct client_options *client)
{
	if (client->target_count == 0)
		errx(2, "a client needs --target");
	if (client->size < sizeof(struct frame))
		errx(2, "--size is at least %zu", sizeof(struct frame));
	client_start(client);
}

static void client_signalled(struct watched *watched, uint32_t events)
{
	struct signalfd_siginfo signal;

	(void)events;
	if (read(watched->fd, &signal, sizeof(signal)) == sizeof(signal))
		client_stop();
}

static void watch_signals(void)
{
	static struct watched signals = {.ready = client_signalled};
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		err(1, "sigprocmask");
	signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals.fd < 0 || loop_add(&signals, EPOLLIN) < 0)
		err(1, "signalfd");
}

int main(int argc, char **argv)
{
	const struct options options = parse(argc, argv);
	const char *role = optind == argc - 1 ? argv[optind] : "";

	if (strcmp(role, "messages") == 0) {
		if (print_message_costs() < 0)
			err(1, "messages");
		return 0;
	}
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 131 + i / 256);
	signal(SIGPIPE, SIG_IGN);
	allow_many_files();
	become(options.uid);
	if (loop_init() < 0)
		err(1, "epoll");
	if (strcmp(role, "server") == 0) {
		start_server(&options);
	} else if (strcmp(role, "client") == 0) {
		watch_signals();
		start_client(&options.client);
	} else {
		errx(2, "say server, client or messages");
	}
	if (loop_run(strcmp(role, "client") == 0 ? client_tick : NULL, 1) < 0)
		err(1, "epoll");
	return 0;
}
