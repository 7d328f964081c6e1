// Arithmetic of sliding windows: output sizes, and which output columns a tap serves.
#pragma once
#include "kernel.h"

namespace pf {
namespace PF_ISA {

static inline bool window_is_sane(const pf_window& w) {
  return w.kernel_h > 0 && w.kernel_w > 0 && w.stride_h > 0 && w.stride_w > 0 && w.dilation_h > 0 && w.dilation_w > 0 &&
         w.pad_top >= 0 && w.pad_left >= 0 && w.pad_bottom >= 0 && w.pad_right >= 0;
}

static inline long long window_count(long long size, long long before, long long after, long long kernel,
                                     long long stride, long long dilation) {
  const long long room = size + before + after - dilation * (kernel - 1) - 1;
  return room < 0 ? 0 : room / stride + 1;
}

static inline long long window_rows(const pf_window& w, long long height) {
  return window_count(height, w.pad_top, w.pad_bottom, w.kernel_h, w.stride_h, w.dilation_h);
}

static inline long long window_columns(const pf_window& w, long long width) {
  return window_count(width, w.pad_left, w.pad_right, w.kernel_w, w.stride_w, w.dilation_w);
}

// The input row that output row oh reads through tap kh; it may lie in the padding.
static inline long long input_row(const pf_window& w, long long oh, int kh) {
  return oh * w.stride_h - w.pad_top + static_cast<long long>(kh) * w.dilation_h;
}

// The output columns [first, last) whose tap kw lies inside the row, and the input column of output column 0.
struct Span {
  long long first, last, start;
};

static inline Span span_of(const pf_window& w, int kw, long long output_width, long long input_width) {
  const long long start = static_cast<long long>(kw) * w.dilation_w - w.pad_left;
  long long first = start >= 0 ? 0 : ceil_div(-start, w.stride_w);
  const long long last = start >= input_width ? 0 : (input_width - 1 - start) / w.stride_w + 1;
  first = smaller(first, output_width);
  return {first, larger(first, smaller(last, output_width)), start};
}

}  // namespace PF_ISA
}  // namespace pf
