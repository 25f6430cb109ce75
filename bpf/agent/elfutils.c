/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The static libelf of elfutils 0.192, Debian 13's, calls two functions that are in none of its archives
 * (https://sourceware.org/bugzilla/show_bug.cgi?id=32293, mended in 0.193). These take their place there, and
 * nowhere else: they are weak. The tree holds raw chunks of ELF files, which nothing in this program asks
 * for.
 */
#include <search.h>
#include <stddef.h>

struct search_tree {
	void *root; /* of tsearch(3); a lock may follow */
};

void eu_search_tree_init(struct search_tree *tree);
void eu_search_tree_fini(struct search_tree *tree, void (*free_node)(void *));

__attribute__((weak)) void eu_search_tree_init(struct search_tree *tree)
{
	tree->root = NULL;
}

__attribute__((weak)) void eu_search_tree_fini(struct search_tree *tree, void (*free_node)(void *))
{
	tdestroy(tree->root, free_node);
}
