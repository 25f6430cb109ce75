/* SPDX-License-Identifier: Apache-2.0 */
#include "embedded.h"

/* The build says where it lies; libelf wants it aligned. */
asm(".section .rodata\n"
    ".balign 8\n"
    ".global origins_iterator_object\n"
    "origins_iterator_object:\n"
    ".incbin \"" ORIGINS_ITERATOR "\"\n"
    ".global origins_iterator_object_end\n"
    "origins_iterator_object_end:\n"
    ".byte 0\n"
    ".text\n");
