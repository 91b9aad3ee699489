// SPDX-License-Identifier: GPL-2.0
/*
 * hit_cost: what the measured probes have in common.
 */
#if HIT_COST_PER_CPU
#define HIT_COST_MAP PMAP
#define hit_cost_map_new(type) _stp_pmap_new(1000, type)
#else
#define HIT_COST_MAP MAP
#define hit_cost_map_new(type) _stp_map_new(1000, type)
#endif

/* The function that is probed in all cases. */
#define HIT_COST_PROBE(handler) { .symbol_name = "hit_cost_target", .pre_handler = (handler) }
