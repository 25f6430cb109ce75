/* SPDX-License-Identifier: Apache-2.0 */
#include "namespaces.h"

#include <unistd.h>

int namespaces_visit(struct agent *agent, namespace_visitor *visit, void *context, struct failure *failure)
{
	struct namespaces all;
	int result = namespaces_scan(agent, &all, failure);

	for (size_t i = 0; !result && i < all.count; i++) {
		int netns = namespace_open(&all.list[i]);

		if (netns < 0) /* It is going: its sockets too. */
			continue;
		result = visit(agent, netns, context, failure);
		close(netns);
	}
	namespaces_free(&all);
	return result < 0 ? -1 : 0;
}
