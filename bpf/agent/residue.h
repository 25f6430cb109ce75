/* SPDX-License-Identifier: Apache-2.0 */
/* What of ours lies on the node: the parts of NodeResidue (src/core/model/residue.ts). */
#pragma once

#include "namespaces.h"

/* Each is NULL where `failure` is filled. */
json_t *residue_pins_json(const struct namespaces *all);
json_t *residue_links_json(struct failure *failure);
json_t *residue_files_json(struct failure *failure);
/* Adds the files beside the journals that belong to none. */
void residue_journals_add(json_t *files);

/* Detaches a link that was just listed. */
int residue_remove_link(uint32_t id, struct failure *failure);
/* Removes a file that was just listed, and its directory with the last one. */
int residue_remove_file(const char *path, struct failure *failure);
