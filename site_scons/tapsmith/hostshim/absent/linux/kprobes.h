/* SPDX-License-Identifier: GPL-2.0 */
/* Every emitted file includes this; a process has no probes, so what uses them has no host build. */
