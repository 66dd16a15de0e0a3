/* The bucket function of Latimer's latency histograms: plain C, shared by BPF C and C++.
 *
 * Log-linear buckets, as HdrHistogram (Tene, 2012) and DDSketch's log-linear mapping use them: each power of
 * two is cut into 2^sub_bits buckets of equal width, and values below 2^sub_bits have a bucket each. A bucket
 * [lo, hi) so has (hi - lo) / lo <= 2^-sub_bits, and its middle is at most 2^-(sub_bits + 1) away from every
 * value in it, relative to that value: 1/32 = 3.2 % for sub_bits 4, 1/8 = 12.5 % for sub_bits 2.
 *
 * Units are nanoseconds. Values at or above 2^LAT_BUCKET_TOP_BITS (about 73 minutes) fall into the last
 * bucket, whose upper edge is open; the exact maximum is kept beside the histogram.
 *
 * No loops, no division, no memory: the BPF verifier takes it as it is. Licence of this file: MIT OR GPL-2.0.
 */
#ifndef LATIMER_CORE_STATS_BUCKET_H
#define LATIMER_CORE_STATS_BUCKET_H

#define LAT_BUCKET_TOP_BITS 42
#define LAT_SUB_BITS_FINE 4   /* error bound 1/32: one histogram per system call */
#define LAT_SUB_BITS_COARSE 2 /* error bound 1/8: one per (process|thread|comm|cgroup, system call) */

/* Number of buckets of a scheme: 624 for sub_bits 4, 164 for sub_bits 2. */
#define LAT_BUCKETS(sub_bits) (((LAT_BUCKET_TOP_BITS - (sub_bits)) + 1U) << (sub_bits))
#define LAT_BUCKETS_MAX LAT_BUCKETS(LAT_SUB_BITS_FINE)

#ifdef __bpf__
#include "core/stats/bucket_table.h"
#endif

/* Position of the highest set bit; value must not be 0. */
static inline unsigned lat_log2(unsigned long long value) {
#ifdef __bpf__
  return lat_log2_by_table(value);
#else
  return 63U - (unsigned)__builtin_clzll(value);
#endif
}

/* The bucket of a duration; always < LAT_BUCKETS(sub_bits). */
static inline unsigned lat_bucket(unsigned long long ns, unsigned sub_bits) {
  unsigned shift;
  if (ns < (1ULL << sub_bits)) return (unsigned)ns;
  if (ns >= (1ULL << LAT_BUCKET_TOP_BITS)) return LAT_BUCKETS(sub_bits) - 1U;
  shift = lat_log2(ns) - sub_bits;
  /* ns >> shift lies in [2^sub_bits, 2^(sub_bits + 1)): its top bit counts the octave, the rest the place in
   * it. */
  return (shift << sub_bits) + (unsigned)(ns >> shift);
}

/* First value of a bucket. */
static inline unsigned long long lat_bucket_lo(unsigned bucket, unsigned sub_bits) {
  unsigned octave = bucket >> sub_bits;
  unsigned long long sub = bucket & ((1U << sub_bits) - 1U);
  if (octave == 0) return bucket;
  return ((1ULL << sub_bits) + sub) << (octave - 1U);
}

/* First value above a bucket. For the last bucket this is 2^LAT_BUCKET_TOP_BITS although it also holds what
 * lies above. */
static inline unsigned long long lat_bucket_hi(unsigned bucket, unsigned sub_bits) {
  return lat_bucket_lo(bucket + 1U, sub_bits);
}

#endif
