/* SPDX-License-Identifier: Apache-2.0 */
/* Every verb of docs/agent-protocol.md. */
#pragma once

#include "agent.h"
#include "failure.h"

/* Takes the request's params (an object); gives the result, or NULL and fills `failure`. */
typedef json_t *verb_function(struct agent *agent, const json_t *params, struct failure *failure);

verb_function verb_initialize;
verb_function verb_workloads_list;
verb_function verb_snapshot;
verb_function verb_iptables_restore;
verb_function verb_bpf_load;
verb_function verb_bpf_attach;
verb_function verb_bpf_detach;
verb_function verb_listeners_adopt;
verb_function verb_connections_list;
verb_function verb_conntrack_forget;
verb_function verb_connections_probe;
verb_function verb_workload_verify;
verb_function verb_switch_apply;
verb_function verb_switch_confirm;
verb_function verb_switch_cancel;
verb_function verb_switch_list;
verb_function verb_switch_recover;
verb_function verb_acceleration_start;
verb_function verb_acceleration_stop;
verb_function verb_programs_measure;
verb_function verb_programs_source;
verb_function verb_residue_list;
verb_function verb_residue_remove;
verb_function verb_maps_dump;
verb_function verb_maps_named;
verb_function verb_maps_update;
verb_function verb_watch_start;
verb_function verb_watch_visible;
verb_function verb_watch_stop;
verb_function verb_trace_start;
verb_function verb_trace_stop;
