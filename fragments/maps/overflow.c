// SPDX-License-Identifier: GPL-2.0
/*
 * maps: what else a map does when it has no room: it can stop the module.
 *
 *   replace   the oldest element makes room
 *   refuse    the new element is left out
 *   stop      it is left out, and the module's handlers do nothing from then on: what was counted stays as it is
 *   unload    as stop, and the module asks to be unloaded (fragment unload)
 */

/* What is done with a full map to unload the module; the fragment unload puts its own function here, wherever it stands. */
#ifndef _STP_MAP_UNLOAD
#define _STP_MAP_UNLOAD() _stp_no_unload()
#endif
void (*_stp_no_unload(void))(MAP map) __compiletime_error("overflow `unload`: add unload to needs in probe.yaml");

static void _stp_map_full_stop(MAP map)
{
	_stp_stop_collecting();
}

/**
 * _stp_map_overflow() - say what a map does when all its elements are in use and a new one is to be created
 * @map:    the map (MAP or PMAP)
 * @action: a constant: MAP_OVERFLOW_REPLACE, _REFUSE, _STOP or _UNLOAD
 *
 * The macro MAP_OVERFLOW says it for maps for which this is not called. Runtime 0.1 wrote map->no_wrap = 1 for refuse, which
 * still does that.
 * Context: process, before probes are armed.
 */
#define _stp_map_overflow(map, action) _STP_MAP_OVERFLOW(_STP_KEYED(map), action)
#define _STP_MAP_OVERFLOW(map, action)                                                       \
	do {                                                                                 \
		MAP _map = (map);                                                            \
		_map->no_wrap = (action);                                                    \
		if ((action) == MAP_OVERFLOW_STOP)                                           \
			_map->full = _stp_map_full_stop;                                     \
		else if ((action) == MAP_OVERFLOW_UNLOAD)                                    \
			_map->full = _STP_MAP_UNLOAD();                                      \
		else                                                                         \
			_map->full = NULL;                                                   \
	} while (0)
