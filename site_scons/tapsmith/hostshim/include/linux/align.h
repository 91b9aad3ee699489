// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_ALIGN_H
#define LINUX_ALIGN_H

#include <linux/math.h>

#endif
