// Rows of pooling outputs side by side: vectors of 4, 8 and 16 floats, strides 1 and 2, windows that lie inside the
// input.
#pragma once
#include "shared/kernel.h"
#include "portafilter/pool.h"

namespace pf {
namespace PF_ISA {

// A vector, and the positions of the even elements of two of them.
struct Lanes4 {
  enum { kCount = 4 };
  typedef float Floats __attribute__((vector_size(16)));
  typedef int32_t Ints __attribute__((vector_size(16)));
  static constexpr Ints kEven = {0, 2, 4, 6};
};

struct Lanes8 {
  enum { kCount = 8 };
  typedef float Floats __attribute__((vector_size(32)));
  typedef int32_t Ints __attribute__((vector_size(32)));
  static constexpr Ints kEven = {0, 2, 4, 6, 8, 10, 12, 14};
};

struct Lanes16 {
  enum { kCount = 16 };
  typedef float Floats __attribute__((vector_size(64)));
  typedef int32_t Ints __attribute__((vector_size(64)));
  static constexpr Ints kEven = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
};

// Columns kw, kw + stride, kw + 2 stride ... from `from` on: every element, or every second one. A stride of 2 reads
// one element more than it needs, and odd columns from the same pair of vectors as the even ones before them.
template <class Lanes, int kStride>
static inline void load_column(const float* from, long long kw, typename Lanes::Floats* out) {
  typename Lanes::Floats high;
  if (kStride == 1) {
    memcpy(out, from + kw, sizeof *out);
    return;
  }
  const long long even = kw / 2 * 2;
  memcpy(out, from + even, sizeof *out);
  memcpy(&high, from + even + Lanes::kCount, sizeof high);
  *out = __builtin_shuffle(*out, high, Lanes::kEven + static_cast<int32_t>(kw - even));
}

// A row of outputs whose windows reach from input row `top`, rows [first_row, last_row) of the window being inside.
struct PoolRow {
  const pf_window* window;
  const float* x;  // the plane
  long long width, top, first_row, last_row;
};

// The last output column at which a vector of them may begin: its windows and what it reads beside them lie inside the
// row.
template <class Lanes, int kStride>
static inline long long last_vector(const PoolRow& row, long long end) {
  const long long columns = row.window->kernel_w - 1;
  const long long reach = kStride == 1 ? columns + Lanes::kCount : columns / 2 * 2 + 2 * Lanes::kCount;
  const long long room = row.width - reach + row.window->pad_left;
  return smaller(end - Lanes::kCount, room < 0 ? -1 : room / kStride);
}

// kSize: the side of a square kernel whose rows are all inside, so that its loops unroll; 0 elsewhere.
template <class Lanes, int kStride, int kSize>
static inline long long max_columns(const PoolRow& row, long long begin, long long end, float* y, int32_t* switches) {
  typedef typename Lanes::Floats Floats;
  typedef typename Lanes::Ints Ints;
  const pf_window& w = *row.window;
  const long long columns = kSize == 0 ? w.kernel_w : kSize;
  const long long rows = kSize == 0 ? row.last_row - row.first_row : kSize;
  const Ints steps = kStride == 1 ? Lanes::kEven / 2 : Lanes::kEven;
  const long long final = last_vector<Lanes, kStride>(row, end);
  if (begin > final) return begin;
  for (long long next = begin; next < final + Lanes::kCount; next += Lanes::kCount) {
    const long long ow = smaller(next, final);  // the last vector overlaps the one before where it must
    Floats best = {};
    Ints where = {};
#pragma GCC unroll 3
    for (long long kh = 0; kh < rows; kh++) {
      const long long line = (row.top + (row.first_row + kh) * w.dilation_h) * row.width + ow * kStride - w.pad_left;
#pragma GCC unroll 3
      for (long long kw = 0; kw < columns; kw++) {
        Floats v;
        load_column<Lanes, kStride>(row.x + line, kw, &v);
        const Ints here = steps + static_cast<int32_t>(line + kw);
        if (kh == 0 && kw == 0) {
          best = v;
          where = here;
        } else {
          // Larger, or the first NaN.
          const auto wins = ((v > best) | (v != v)) & (best == best);
          best = wins ? v : best;
          where = wins ? here : where;
        }
      }
    }
    memcpy(y + ow, &best, sizeof best);
    if (switches != nullptr) memcpy(switches + ow, &where, sizeof where);
  }
  return final + Lanes::kCount;
}

template <class Lanes, int kStride, int kSize>
static inline long long average_columns(const PoolRow& row, long long begin, long long end, float cells, float* y) {
  typedef typename Lanes::Floats Floats;
  const pf_window& w = *row.window;
  const long long columns = kSize == 0 ? w.kernel_w : kSize;
  const long long rows = kSize == 0 ? row.last_row - row.first_row : kSize;
  const long long final = last_vector<Lanes, kStride>(row, end);
  if (begin > final) return begin;
  for (long long next = begin; next < final + Lanes::kCount; next += Lanes::kCount) {
    const long long ow = smaller(next, final);  // the last vector overlaps the one before where it must
    Floats sum = {};
#pragma GCC unroll 3
    for (long long kh = 0; kh < rows; kh++) {
      const long long line = (row.top + (row.first_row + kh) * w.dilation_h) * row.width + ow * kStride - w.pad_left;
#pragma GCC unroll 3
      for (long long kw = 0; kw < columns; kw++) {
        Floats v;
        load_column<Lanes, kStride>(row.x + line, kw, &v);
        sum += v;
      }
    }
    sum /= cells;
    memcpy(y + ow, &sum, sizeof sum);
  }
  return final + Lanes::kCount;
}

// Wide vectors first, then narrower ones; `compute` is called with a vector type.
template <class Compute>
static inline long long widest_first(long long ow, Compute compute) {
  ow = compute(Lanes16(), ow);
  ow = compute(Lanes8(), ow);
  return compute(Lanes4(), ow);
}

template <int kStride, int kSize>
static inline long long max_row(const PoolRow& row, long long ow, long long end, float* y, int32_t* switches) {
  return widest_first(ow, [&](auto lanes, long long from) {
    return max_columns<decltype(lanes), kStride, kSize>(row, from, end, y, switches);
  });
}

template <int kStride, int kSize>
static inline long long average_row(const PoolRow& row, long long ow, long long end, float cells, float* y) {
  return widest_first(ow, [&](auto lanes, long long from) {
    return average_columns<decltype(lanes), kStride, kSize>(row, from, end, cells, y);
  });
}

// Computes outputs from `ow` on as far as vectors cover them, and returns the first that is left.
static inline long long max_row(const PoolRow& row, long long ow, long long end, float* y, int32_t* switches) {
  const pf_window& w = *row.window;
  if (w.dilation_w != 1 || w.stride_w > 2) return ow;
  if (w.stride_w == 1) return max_row<1, 0>(row, ow, end, y, switches);
  const long long square = w.kernel_w == row.last_row - row.first_row ? w.kernel_w : 0;
  if (square == 2) return max_row<2, 2>(row, ow, end, y, switches);
  if (square == 3) return max_row<2, 3>(row, ow, end, y, switches);
  return max_row<2, 0>(row, ow, end, y, switches);
}

static inline long long average_row(const PoolRow& row, long long ow, long long end, float cells, float* y) {
  const pf_window& w = *row.window;
  if (w.dilation_w != 1 || w.stride_w > 2) return ow;
  if (w.stride_w == 1) return average_row<1, 0>(row, ow, end, cells, y);
  const long long square = w.kernel_w == row.last_row - row.first_row ? w.kernel_w : 0;
  if (square == 2) return average_row<2, 2>(row, ow, end, cells, y);
  if (square == 3) return average_row<2, 3>(row, ow, end, cells, y);
  return average_row<2, 0>(row, ow, end, cells, y);
}

}  // namespace PF_ISA
}  // namespace pf
