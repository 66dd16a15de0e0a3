/* What bucket.h needs for BPF, which before -mcpu=v4 has no instruction for the highest set bit: a search by
 * halves is ten conditional jumps that real durations make the CPU guess wrong; these are one or two that it
 * guesses right, and one load. Plain C as well, so that tests can hold it against bucket.h.
 *
 * Licence of this file: MIT OR GPL-2.0.
 */
#ifndef LATIMER_CORE_STATS_BUCKET_TABLE_H
#define LATIMER_CORE_STATS_BUCKET_TABLE_H

static const unsigned char lat_log2_of_byte[256] = {
    0, 0, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
    5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5,
    6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
    6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6, 6,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
    7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
};

/* Position of the highest set bit; value must be above 0 and below 2^48. */
static inline unsigned lat_log2_by_table(unsigned long long value) {
  if (value < (1ULL << 8)) return lat_log2_of_byte[value];
  if (value < (1ULL << 16)) return 8U + lat_log2_of_byte[value >> 8];
  if (value < (1ULL << 24)) return 16U + lat_log2_of_byte[value >> 16];
  if (value < (1ULL << 32)) return 24U + lat_log2_of_byte[value >> 24];
  if (value < (1ULL << 40)) return 32U + lat_log2_of_byte[value >> 32];
  return 40U + lat_log2_of_byte[(value >> 40) & 255];
}

#define LAT_SHORT (1ULL << 16) /* ns */

/* lat_bucket(ns, 4) of a duration below LAT_SHORT. Dividing by 16 what stays above 15 takes it four octaves
 * of 16 buckets down, to the same place within its octave. of_byte: lat_bucket(i, 4) of each of 256. */
static inline unsigned lat_bucket_of_short(const unsigned char* of_byte, unsigned long long ns) {
  if (ns < (1ULL << 8)) return of_byte[ns];
  if (ns < (1ULL << 12)) return 64U + of_byte[ns >> 4];
  return 128U + of_byte[(ns >> 8) & 255];
}

#endif
