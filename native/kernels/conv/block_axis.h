// One direction (rows or columns) of a convolution over channel blocks as a sum over taps, forward or backward; and the
// copy of an input with its padding.
//
// Outputs first, first + step, ... (count of them) read position base + j * base_step + offset of a tap. Forward there
// is one such phase; the data gradient of a stride s has s of them, each with the taps that meet it.
#pragma once
#include "shared/blocks.h"
#include "conv_shape.h"

namespace pf {
namespace PF_ISA {

constexpr int kMostTaps = 16;  // of one direction

struct Axis {
  long long first, step, count;
  long long base, base_step;
  int taps;
  int tap[kMostTaps];
  long long offset[kMostTaps];
};

static inline Axis forward_axis(long long outputs, int kernel, int stride, int dilation, int before) {
  Axis a{0, 1, outputs, -before, stride, kernel, {}, {}};
  for (int k = 0; k < kernel; k++) {
    a.tap[k] = k;
    a.offset[k] = static_cast<long long>(k) * dilation;
  }
  return a;
}

// The inputs i with (i + before) mod stride == phase.
static inline Axis data_axis(long long inputs, int kernel, int stride, int dilation, int before, int phase) {
  const long long first = ((phase - before) % stride + stride) % stride;
  Axis a{first, stride, first < inputs ? (inputs - first - 1) / stride + 1 : 0, (first + before - phase) / stride, 1, 0,
         {},    {}};
  for (int k = 0; k < kernel; k++) {
    const long long reach = static_cast<long long>(k) * dilation;
    if (reach % stride != phase) continue;
    a.tap[a.taps] = k;
    a.offset[a.taps++] = -(reach - phase) / stride;
  }
  return a;
}

// The taps [from, to) of output j of a direction that fall inside its `size` positions: offsets rise or fall with taps.
struct Taps {
  int from, to;
};

static inline Taps taps_inside(const Axis& a, long long j, long long size) {
  const long long at = a.base + j * a.base_step;
  int from = 0, to = a.taps;
  while (from < to && (at + a.offset[from] < 0 || at + a.offset[from] >= size)) from++;
  while (to > from && (at + a.offset[to - 1] < 0 || at + a.offset[to - 1] >= size)) to--;
  return {from, to};
}

// Neighbouring outputs of a direction that meet the same taps.
struct TapSpan {
  long long first, count;
  Taps taps;
};

constexpr int kMostTapSpans = 9;

// Cuts a direction into spans, or keeps it whole where that spares little or there would be too many. Returns how many.
static inline int spans_of(const Axis& a, long long size, TapSpan* spans) {
  int count = 0;
  long long met = 0;
  for (long long j = 0; j < a.count; j++) {
    const Taps taps = taps_inside(a, j, size);
    met += taps.to - taps.from;
    if (count > 0 && spans[count - 1].taps.from == taps.from && spans[count - 1].taps.to == taps.to) {
      spans[count - 1].count++;
    } else if (count == kMostTapSpans) {
      met = a.count * a.taps;
      break;
    } else {
      spans[count++] = {j, 1, taps};
    }
  }
  if (met * 33 < a.count * a.taps * 32) return count;
  spans[0] = {0, a.count, {0, a.taps}};
  return 1;
}

static inline long long floor_div(long long a, long long b) { return a >= 0 ? a / b : -ceil_div(-a, b); }

// The positions [low, high] that outputs [first, last) of a direction may read.
struct Reach {
  long long low, high;
  long long size() const { return high - low + 1; }
};

static inline Reach reach_of(bool forward, long long first, long long last, int kernel, int stride, int dilation,
                             int before) {
  const long long window = static_cast<long long>(kernel - 1) * dilation;
  if (forward) return {first * stride - before, (last - 1) * stride - before + window};
  return {floor_div(first + before - window, stride), floor_div(last - 1 + before, stride)};
}

// Rows [rows.low, rows.high] and columns of one plane of pixels of PIXEL floats, zeros where they lie outside.
template <int PIXEL>
static inline void copy_padded(float* to, const float* x, long long h, long long w, Reach rows, Reach columns) {
  const long long width = columns.size();
  const long long left = larger(0, -columns.low), begin = larger(0, columns.low);
  const long long inside = larger(0, smaller(w, columns.high + 1) - begin);
  for (long long ih = rows.low; ih <= rows.high; ih++, to += width * PIXEL) {
    if (ih < 0 || ih >= h || inside == 0) {
      memset(to, 0, width * PIXEL * sizeof(float));
      continue;
    }
    memset(to, 0, left * PIXEL * sizeof(float));
    memcpy(to + left * PIXEL, x + (ih * w + begin) * PIXEL, inside * PIXEL * sizeof(float));
    memset(to + (left + inside) * PIXEL, 0, (width - left - inside) * PIXEL * sizeof(float));
  }
}

// The same from `channels` plain planes (fewer than a block), interleaved: to[row][column][channel].
static inline void copy_interleaved(float* to, const float* x, long long channels, long long h, long long w, Reach rows,
                                    Reach columns) {
  const long long width = columns.size();
  memset(to, 0, rows.size() * width * channels * sizeof(float));
  const long long begin = larger(0, columns.low), end = smaller(w, columns.high + 1);
  for (long long ih = larger(0, rows.low); ih <= smaller(h - 1, rows.high); ih++) {
    for (long long c = 0; c < channels; c++) {
      float* row = to + ((ih - rows.low) * width - columns.low) * channels + c;
      const float* from = x + (c * h + ih) * w;
      for (long long iw = begin; iw < end; iw++) row[iw * channels] = from[iw];
    }
  }
}

}  // namespace PF_ISA
}  // namespace pf
