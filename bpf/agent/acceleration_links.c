/* SPDX-License-Identifier: Apache-2.0 */
#include "acceleration_links.h"
#include "links.h"
#include "netns.h"
#include "pins.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of enum bpf_attach_type, which the headers of Linux 6.1 do not have yet. */
#define TCX_INGRESS 46

bool acceleration_links_is_pin(const char *name)
{
	return !strncmp(name, "join-", strlen("join-"));
}

static int is_link(const struct dirent *entry)
{
	return acceleration_links_is_pin(entry->d_name);
}

typedef void link_visitor(const char *path);

/* Gives how many there are. */
static size_t visit(const char *bpffs, const char *workload, link_visitor *visitor)
{
	char *directory = pin_path(bpffs, workload, NULL);
	struct dirent **entries;
	int count = scandir(directory, &entries, is_link, alphasort);

	for (int i = 0; i < count; i++) {
		char *path = xasprintf("%s/%s", directory, entries[i]->d_name);

		visitor(path);
		free(path);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(directory);
	return count > 0 ? (size_t)count : 0;
}

static void remove_one(const char *path)
{
	pin_remove(path);
}

static void only_count(const char *path)
{
	(void)path;
}

void acceleration_links_remove(const char *bpffs, const char *workload)
{
	visit(bpffs, workload, remove_one);
	pins_remove_directory(bpffs, workload);
}

size_t acceleration_links_count(const char *bpffs, const char *workload)
{
	return visit(bpffs, workload, only_count);
}

/* Packets have an Ethernet header there. */
static bool is_ethernet(int probe, const char *name)
{
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return !ioctl(probe, SIOCGIFHWADDR, &request) && (request.ifr_hwaddr.sa_family == ARPHRD_ETHER ||
							  request.ifr_hwaddr.sa_family == ARPHRD_LOOPBACK);
}

static int make_one(const char *bpffs, const char *workload, int program, unsigned int interface,
		    struct failure *failure)
{
	int link = bpf_link_create(program, (int)interface, (enum bpf_attach_type)TCX_INGRESS, NULL), result;
	char *path;

	if (link < 0)
		return fail(
		    failure,
		    json_pack("{s:s, s:s, s:i}", "kind", "bpf-attach-failed", "hook", "tcx", "errno", -link),
		    "The kernel refused to attach tcx: %s", strerror(-link));
	path = xasprintf("%s/mesh-redirect/%s/join-%u", bpffs, workload, interface);
	result = bpf_obj_pin(link, path) ? fail_system(failure, "BPF_OBJ_PIN", path) : 0;
	free(path);
	close(link);
	return result;
}

/* Inside the workload's network. */
static int make_all(const char *bpffs, const char *workload, int program, struct failure *failure)
{
	struct if_nameindex *interfaces = if_nameindex();
	int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), made = 0, result = 0;

	if (!interfaces || probe < 0)
		result = fail_system(failure, "if_nameindex", NULL);
	for (const struct if_nameindex *one = interfaces; !result && one && one->if_index; one++) {
		if (!is_ethernet(probe, one->if_name))
			continue;
		result = make_one(bpffs, workload, program, one->if_index, failure);
		made++;
	}
	if (interfaces)
		if_freenameindex(interfaces);
	if (probe >= 0)
		close(probe);
	return result ? -1 : made;
}

int acceleration_links_make(const struct agent *agent, const char *bpffs, const struct workload *workload,
			    int program, struct failure *failure)
{
	const char *id = workload->self->id;
	int made;

	acceleration_links_remove(bpffs, id);
	if (pins_make_directory(bpffs, id, failure))
		return -1;
	if (netns_enter(workload->netns))
		return fail_system(failure, "setns", id);
	made = make_all(bpffs, id, program, failure);
	netns_leave(agent);
	if (made < 0)
		acceleration_links_remove(bpffs, id);
	return made;
}
