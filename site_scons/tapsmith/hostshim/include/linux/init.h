// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_INIT_H
#define LINUX_INIT_H

#include <linux/compiler.h>

#define __init
#define __exit
#define __initdata
#define __initconst
#define __exitdata

#endif
