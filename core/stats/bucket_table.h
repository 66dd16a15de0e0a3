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

/* lat_bucket(ns, 4) of a byte. */
static const unsigned char lat_bucket_of_byte[256] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
    26, 27, 28, 29, 30, 31, 32, 32, 33, 33, 34, 34, 35, 35, 36, 36, 37, 37, 38, 38, 39, 39, 40, 40, 41, 41,
    42, 42, 43, 43, 44, 44, 45, 45, 46, 46, 47, 47, 48, 48, 48, 48, 49, 49, 49, 49, 50, 50, 50, 50, 51, 51,
    51, 51, 52, 52, 52, 52, 53, 53, 53, 53, 54, 54, 54, 54, 55, 55, 55, 55, 56, 56, 56, 56, 57, 57, 57, 57,
    58, 58, 58, 58, 59, 59, 59, 59, 60, 60, 60, 60, 61, 61, 61, 61, 62, 62, 62, 62, 63, 63, 63, 63, 64, 64,
    64, 64, 64, 64, 64, 64, 65, 65, 65, 65, 65, 65, 65, 65, 66, 66, 66, 66, 66, 66, 66, 66, 67, 67, 67, 67,
    67, 67, 67, 67, 68, 68, 68, 68, 68, 68, 68, 68, 69, 69, 69, 69, 69, 69, 69, 69, 70, 70, 70, 70, 70, 70,
    70, 70, 71, 71, 71, 71, 71, 71, 71, 71, 72, 72, 72, 72, 72, 72, 72, 72, 73, 73, 73, 73, 73, 73, 73, 73,
    74, 74, 74, 74, 74, 74, 74, 74, 75, 75, 75, 75, 75, 75, 75, 75, 76, 76, 76, 76, 76, 76, 76, 76, 77, 77,
    77, 77, 77, 77, 77, 77, 78, 78, 78, 78, 78, 78, 78, 78, 79, 79, 79, 79, 79, 79, 79, 79,
};

#define LAT_SHORT (1ULL << 16) /* ns */

/* lat_bucket(ns, 4) of a duration below LAT_SHORT. Dividing by 16 what stays above 15 takes it four octaves
 * of 16 buckets down, to the same place within its octave. */
static inline unsigned lat_bucket_of_short(unsigned long long ns) {
  if (ns < (1ULL << 8)) return lat_bucket_of_byte[ns];
  if (ns < (1ULL << 12)) return 64U + lat_bucket_of_byte[ns >> 4];
  return 128U + lat_bucket_of_byte[(ns >> 8) & 255];
}

#endif
