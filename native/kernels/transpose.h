// Sixteen rows of weights to columns of sixteen lanes, and back.
#pragma once
#include "wide.h"

namespace pf {
namespace PF_ISA {

#if defined(__AVX512F__)
// Exchanges the off-diagonal quarters of blocks of 2 W x 2 W: after W = 8, 4, 2, 1 rows are columns.
template <int W>
static inline void exchange(Wide rows[16]) {
  WideInt low, high;
  for (int l = 0; l < 16; l++) {
    low[l] = (l & W) != 0 ? 16 + l - W : l;
    high[l] = (l & W) != 0 ? 16 + l : l + W;
  }
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) {
    if ((i & W) != 0) continue;
    const Wide a = rows[i], b = rows[i + W];
    rows[i] = __builtin_shuffle(a, b, low);
    rows[i + W] = __builtin_shuffle(a, b, high);
  }
}

static inline void transpose(Wide rows[16]) {
  exchange<8>(rows);
  exchange<4>(rows);
  exchange<2>(rows);
  exchange<1>(rows);
}
#endif

// to[column * 16 + row] = from[row * stride + column], for `count` rows and zeros in place of the rest of sixteen.
static inline void gather_rows(float* to, const float* from, long long stride, long long columns, long long count) {
  long long rest = 0;
#if defined(__AVX512F__)
  rest = count == kPack ? columns / 16 * 16 : 0;
  for (long long first = 0; first < rest; first += 16) {
    Wide rows[16];
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) rows[r] = wide(from + r * stride + first);
    transpose(rows);
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) keep(to + (first + r) * kPack, rows[r]);
  }
#endif
  for (long long i = rest; i < columns; i++) {
    for (long long r = 0; r < kPack; r++) to[i * kPack + r] = r < count ? from[r * stride + i] : 0.0f;
  }
}

// to[row * stride + column] = from[column * 16 + row], for `count` of sixteen rows.
static inline void scatter_rows(float* to, long long stride, const float* from, long long columns, long long count) {
  long long rest = 0;
#if defined(__AVX512F__)
  rest = count == kPack ? columns / 16 * 16 : 0;
  for (long long first = 0; first < rest; first += 16) {
    Wide rows[16];
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) rows[r] = wide(from + (first + r) * kPack);
    transpose(rows);
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) keep(to + r * stride + first, rows[r]);
  }
#endif
  for (long long i = rest; i < columns; i++) {
    for (long long r = 0; r < count; r++) to[r * stride + i] = from[i * kPack + r];
  }
}

}  // namespace PF_ISA
}  // namespace pf
