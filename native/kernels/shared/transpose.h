// Sixteen rows of weights to columns of sixteen lanes, and back, a square of one vector's lanes at a time.
#pragma once
#include "wide.h"

namespace pf {
namespace PF_ISA {

// Exchanges the off-diagonal quarters of blocks of 2 W x 2 W: after W = lanes / 2 ... 2, 1 rows are columns.
template <int W>
static inline __attribute__((always_inline)) void exchange(vec rows[kVecLanes]) {
  vec_int low, high;
  for (int l = 0; l < kVecLanes; l++) {
    low[l] = (l & W) != 0 ? kVecLanes + l - W : l;
    high[l] = (l & W) != 0 ? kVecLanes + l : l + W;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kVecLanes; i++) {
    if ((i & W) != 0) continue;
    const vec a = rows[i], b = rows[i + W];
    rows[i] = __builtin_shuffle(a, b, low);
    rows[i + W] = __builtin_shuffle(a, b, high);
  }
}

template <int W = kVecLanes / 2>
static inline __attribute__((always_inline)) void transpose(vec rows[kVecLanes]) {
  exchange<W>(rows);
  if constexpr (W > 1) transpose<W / 2>(rows);
}

// to[column * 16 + row] = from[row * stride + column], for `count` rows and zeros in place of the rest of sixteen.
static inline void gather_rows(float* to, const float* from, long long stride, long long columns, long long count) {
  for (long long first = 0; first < columns; first += kVecLanes) {
    const long long width = smaller(kVecLanes, columns - first);
    for (long long top = 0; top < kPack; top += kVecLanes) {
      vec rows[kVecLanes];
#pragma GCC unroll 16
      for (int r = 0; r < kVecLanes; r++) {
        rows[r] = top + r < count ? load_first(from + (top + r) * stride + first, width) : vec{};
      }
      transpose(rows);
#pragma GCC unroll 16
      for (int i = 0; i < kVecLanes; i++) {
        if (i < width) store(to + (first + i) * kPack + top, rows[i]);
      }
    }
  }
}

// to[row * stride + column] = columns[column][row], for `width` of sixteen columns and `count` of sixteen rows.
static inline void scatter(float* to, long long stride, const Wide (&columns)[16], long long width, long long count) {
#pragma GCC unroll 4
  for (int left = 0; left < 16; left += kVecLanes) {
    const long long some = smaller(kVecLanes, width - left);
    if (some <= 0) return;
#pragma GCC unroll 4
    for (int part = 0; part < kBlockVecs; part++) {
      const long long top = part * kVecLanes;
      vec rows[kVecLanes];
#pragma GCC unroll 16
      for (int i = 0; i < kVecLanes; i++) rows[i] = columns[left + i].part[part];
      transpose(rows);
#pragma GCC unroll 16
      for (int r = 0; r < kVecLanes; r++) {
        if (top + r < count) store_first(to + (top + r) * stride + left, rows[r], some);
      }
    }
  }
}

// to[row * stride + column] = from[column * 16 + row], for `count` of sixteen rows.
static inline void scatter_rows(float* to, long long stride, const float* from, long long columns, long long count) {
  for (long long first = 0; first < columns; first += 16) {
    const long long width = smaller(16, columns - first);
    Wide lines[16];
#pragma GCC unroll 16
    for (int i = 0; i < 16; i++) lines[i] = i < width ? wide(from + (first + i) * kPack) : Wide{};
    scatter(to + first, stride, lines, width, count);
  }
}

}  // namespace PF_ISA
}  // namespace pf
