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
#if defined(__AVX512F__)
  for (long long first = 0; first < columns; first += 16) {
    const long long width = smaller(16, columns - first);
    const __mmask16 lanes = static_cast<__mmask16>((1 << width) - 1);
    Wide rows[16];
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) {
      rows[r] = r < count ? _mm512_maskz_loadu_ps(lanes, from + r * stride + first) : Wide{};
    }
    transpose(rows);
#pragma GCC unroll 16
    for (int r = 0; r < 16; r++) {
      if (r < width) keep(to + (first + r) * kPack, rows[r]);
    }
  }
#else
  for (long long i = 0; i < columns; i++) {
    for (long long r = 0; r < kPack; r++) to[i * kPack + r] = r < count ? from[r * stride + i] : 0.0f;
  }
#endif
}

// to[row * stride + column] = columns[column][row], for `width` of sixteen columns and `count` of sixteen rows.
static inline void scatter(float* to, long long stride, Wide (&columns)[16], long long width, long long count) {
#if defined(__AVX512F__)
  const __mmask16 lanes = static_cast<__mmask16>((1 << width) - 1);
  transpose(columns);
#pragma GCC unroll 16
  for (int r = 0; r < 16; r++) {
    if (r < count) _mm512_mask_storeu_ps(to + r * stride, lanes, columns[r]);
  }
#else
  alignas(64) float from[16 * kPack];
  for (int i = 0; i < 16; i++) keep(from + i * kPack, columns[i]);
  for (long long i = 0; i < width; i++) {
    for (long long r = 0; r < count; r++) to[r * stride + i] = from[i * kPack + r];
  }
#endif
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
