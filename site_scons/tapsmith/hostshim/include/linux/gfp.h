// SPDX-License-Identifier: GPL-2.0
#ifndef LINUX_GFP_H
#define LINUX_GFP_H

#include <linux/types.h>

#define __GFP_ZERO 1u
#define __GFP_NOWARN 0u
#define __GFP_NORETRY 0u
#define __GFP_RETRY_MAYFAIL 0u
#define __GFP_ACCOUNT 0u
#define GFP_KERNEL 0u
#define GFP_ATOMIC 0u
#define GFP_NOWAIT 0u

#endif
