/* SPDX-License-Identifier: Apache-2.0 */
/* What a static libelf calls and this program does without. */
#include <search.h>
#include <stddef.h>

/*
 * Since 0.189 libelf can read and write sections compressed with zstd. BPF objects have none, and libzstd
 * would make this program half as big again: whoever brings such an object is told that it cannot be
 * decompressed.
 */
#define CANNOT ((size_t)-1)

size_t ZSTD_decompress(void *to, size_t room, const void *from, size_t length);
unsigned int ZSTD_isError(size_t code);
void *ZSTD_createCCtx(void);
size_t ZSTD_freeCCtx(void *context);
size_t ZSTD_compressStream2(void *context, void *output, void *input, int directive);

size_t ZSTD_decompress(void *to, size_t room, const void *from, size_t length)
{
	(void)to, (void)room, (void)from, (void)length;
	return CANNOT;
}

unsigned int ZSTD_isError(size_t code)
{
	return code == CANNOT;
}

void *ZSTD_createCCtx(void)
{
	return NULL;
}

size_t ZSTD_freeCCtx(void *context)
{
	(void)context;
	return 0;
}

size_t ZSTD_compressStream2(void *context, void *output, void *input, int directive)
{
	(void)context, (void)output, (void)input, (void)directive;
	return CANNOT;
}

/*
 * The static libelf of 0.192, Debian 13's, calls two functions that are in none of its archives
 * (https://sourceware.org/bugzilla/show_bug.cgi?id=32293, mended in 0.193). These take their place there, and
 * nowhere else: they are weak. The tree holds raw chunks of ELF files, which nothing here asks for.
 */
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
