// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_TIMEKEEPING_H
#define LINUX_TIMEKEEPING_H

#include <linux/ktime.h>

#endif
