/* SPDX-License-Identifier: Apache-2.0 */
#include "origins.h"
#include "embedded.h"
#include "sockets.h"
#include "text.h"

#include <linux/types.h>
#include "../programs/layout.h"
#include "../programs/origins_iter.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Loaded once; each reading attaches it to the map in question. */
static struct bpf_program *iterator(struct agent *agent, struct failure *failure)
{
	size_t size = (size_t)(origins_iterator_object_end - origins_iterator_object);

	if (!agent->origins_iterator) {
		struct bpf_object *object = bpf_object__open_mem(origins_iterator_object, size, NULL);

		if (!object || bpf_object__load(object)) {
			fail_system(failure, "load the origins iterator", NULL);
			bpf_object__close(object);
			return NULL;
		}
		agent->origins_iterator = object;
	}
	return bpf_object__find_program_by_name(agent->origins_iterator, "dump_origins");
}

void origins_free(struct agent *agent)
{
	bpf_object__close(agent->origins_iterator);
	agent->origins_iterator = NULL;
}

static void add_record(const struct origin_record *record, json_t *entries)
{
	size_t length = record->value_length < ORIGIN_VALUE_MAX ? record->value_length : ORIGIN_VALUE_MAX;
	json_t *key = hex_json(&record->cookie, sizeof(record->cookie));
	/* IPv4 comes mapped, so that all are IPv6 here; socket_name_json() says IPv4 again. */
	struct tcp_socket socket = {.family = AF_INET6,
				    .state = record->state,
				    .local_port = record->local_port,
				    .remote_port = record->remote_port,
				    .cookie = record->cookie};

	memcpy(&socket.local, &record->local, sizeof(socket.local));
	memcpy(&socket.remote, &record->remote, sizeof(socket.remote));
	json_object_set_new(entries, json_string_value(key),
			    json_pack("{s:O, s:o, s:o}", "key", key, "value", hex_json(record->value, length),
				      "socket", socket_name_json(&socket)));
	json_decref(key);
}

static int read_records(int file, json_t *entries, struct failure *failure)
{
	struct buffer bytes = {0};
	ssize_t count;

	do {
		count = read(file, buffer_reserve(&bytes, 64 * 1024), 64 * 1024);
		if (count > 0)
			bytes.length += (size_t)count;
	} while (count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)));
	for (size_t at = 0; !count && at + sizeof(struct origin_record) <= bytes.length;
	     at += sizeof(struct origin_record)) {
		struct origin_record record;

		memcpy(&record, bytes.data + at, sizeof(record));
		add_record(&record, entries);
	}
	buffer_free(&bytes);
	return count ? fail_system(failure, "read", "bpf_iter") : 0;
}

int origins_read(struct agent *agent, const struct map_handle *map, json_t *entries, struct failure *failure)
{
	union bpf_iter_link_info target = {.map.map_fd = (__u32)map->fd};
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &target, .link_info_len = sizeof(target));
	struct bpf_program *program = iterator(agent, failure);
	struct bpf_link *link;
	int file, result;

	if (!program)
		return -1;
	link = bpf_program__attach_iter(program, &options);
	if (!link)
		return fail_system(failure, "attach the origins iterator", map->info.name);
	file = bpf_iter_create(bpf_link__fd(link));
	result =
	    file < 0 ? fail_system(failure, "BPF_ITER_CREATE", NULL) : read_records(file, entries, failure);
	if (file >= 0)
		close(file);
	bpf_link__destroy(link);
	return result;
}
