// SPDX-License-Identifier: GPL-2.0
/*
 * hit_cost: what the measured probes have in common, whether their maps are shared or of each CPU.
 */
#if HIT_COST_PER_CPU
#define HIT_COST_MAP PMAP
#define hit_cost_map_new(type) _stp_pmap_new(1000, type)
#else
#define HIT_COST_MAP MAP
#define hit_cost_map_new(type) _stp_map_new(1000, type)
#endif

/**
 * hit_cost_total() - say how many hits a map has counted
 * @map:    the map
 * @node:   type of its elements
 * @member: the member of an element that counts hits
 *
 * Context: process.
 */
#define hit_cost_total(map, node, member)                                                           \
	do {                                                                                        \
		int64_t total_ = 0;                                                                 \
		node *found_;                                                                       \
												    \
		foreach (map, found_)                                                               \
			total_ += found_->member;                                                   \
		dlog("total %lld", total_);                                                         \
	} while (0)
