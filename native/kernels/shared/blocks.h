// Channel blocks: N x ceil(C/16) x H x W x 16 floats. One pixel's sixteen channels are one cache line, whatever the
// instruction set. Behind the last channel the last block holds zeros: every writer leaves them there.
#pragma once
#include "kernel.h"

namespace pf {
namespace PF_ISA {

constexpr long long kPack = 16;  // channels of a block

static inline long long blocks_of(long long channels) { return ceil_div(channels, kPack); }

// How many of a block's channels there are.
static inline long long channels_of(long long block, long long channels) {
  return smaller(kPack, channels - block * kPack);
}

static inline bool is_blocked(const pf_view& view) { return view.order == PF_CHANNEL_BLOCKS; }

// Elements of a view in memory.
static inline long long stored(const pf_view& view) {
  const long long count = count_of(view);
  return is_blocked(view) && count > 0 ? count / view.dims[1] * blocks_of(view.dims[1]) * kPack : count;
}

// PF_OK for an N x C x H x W of this dtype (of four bytes) in channel blocks.
static inline int check_blocked(const pf_view& view, int dtype = PF_FLOAT32) {
  if (view.rank != 4 || view.dtype != dtype || view.order != PF_CHANNEL_BLOCKS) return PF_INVALID;
  for (int i = 0; i < 4; i++) {
    if (view.dims[i] < 1) return PF_INVALID;
  }
  return PF_OK;
}

static inline int check_plain_or_blocked(const pf_view& view, int dtype) {
  return is_blocked(view) && dtype == PF_FLOAT32 ? check_blocked(view) : check_plain(view, dtype);
}

// Floats between two planes of a scratch: an odd number of cache lines, so that they spread over the cache's sets.
static inline long long spread(long long floats) { return 16 * (ceil_div(floats, 16) | 1); }

// Reads one float of every pixel [first, last) of a plane, in order: one stream, which the machine foresees.
static inline void touch_pixels(const float* plane, long long first, long long last) {
  for (long long i = first; i < last; i++) static_cast<void>(*static_cast<const volatile float*>(plane + i * kPack));
}

}  // namespace PF_ISA
}  // namespace pf
