/* libbpf's BPF-side headers and the few names of uapi/linux/bpf.h that they leave to the program.
 *
 * SPDX-License-Identifier: MIT OR GPL-2.0
 */
#ifndef LATIMER_BPF_API_H
#define LATIMER_BPF_API_H

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

/* The kernel's own list of helpers, to ask whether it has one: CO-RE ignores what follows the three
 * underscores. */
enum bpf_func_id___shim { BPF_FUNC_task_pt_regs___shim = 175 };
#define HAS_TASK_PT_REGS bpf_core_enum_value_exists(enum bpf_func_id___shim, BPF_FUNC_task_pt_regs___shim)

#endif
