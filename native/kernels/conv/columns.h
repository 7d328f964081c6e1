// Lowering of image rows to the columns of a matrix product (im2col) and its adjoint. Rows are short, so the decisions
// that hold for a whole tap (which rows and columns lie inside, how wide a piece is) are made outside the loop over
// rows.
#pragma once
#include "conv_shape.h"

namespace pf {
namespace PF_ISA {

// The output rows [first, last) of a tile whose tap kh lies inside the image, and the input row of the first of them.
struct RowSpan {
  long long first, last, input;
};

static inline RowSpan row_span(const pf_window& w, int kh, long long row, long long rows, long long height) {
  const long long start = input_row(w, row, kh);
  const long long first = smaller(rows, start >= 0 ? 0 : ceil_div(-start, w.stride_h));
  const long long last = start >= height ? 0 : smaller(rows, (height - 1 - start) / w.stride_h + 1);
  return {first, larger(first, last), start + first * w.stride_h};
}

// Copies a row of at least kPiece elements, the last piece overlapping the one before.
template <int kPiece, class T>
inline void copy_rows_by(T* __restrict to, long long to_stride, const T* __restrict from, long long from_stride,
                         long long rows, long long width) {
  for (long long r = 0; r < rows; r++, to += to_stride, from += from_stride) {
    for (long long i = 0; i + kPiece <= width; i += kPiece) memcpy(to + i, from + i, kPiece * sizeof(T));
    memcpy(to + width - kPiece, from + width - kPiece, kPiece * sizeof(T));
  }
}

template <class T>
inline void copy_rows(T* __restrict to, long long to_stride, const T* __restrict from, long long from_stride,
                      long long rows, long long width, long long step) {
  if (step != 1 || width < 4) {
    for (long long r = 0; r < rows; r++, to += to_stride, from += from_stride) {
      for (long long i = 0; i < width; i++) to[i] = from[i * step];
    }
  } else if (width == 8) {
    for (long long r = 0; r < rows; r++) memcpy(to + r * to_stride, from + r * from_stride, 8 * sizeof(T));
  } else if (width >= 16) {
    copy_rows_by<16>(to, to_stride, from, from_stride, rows, width);
  } else if (width >= 8) {
    copy_rows_by<8>(to, to_stride, from, from_stride, rows, width);
  } else {
    copy_rows_by<4>(to, to_stride, from, from_stride, rows, width);
  }
}

template <class T>
inline void zero_rows(T* __restrict to, long long stride, long long rows, long long width) {
  for (long long r = 0; r < rows; r++, to += stride) {
    for (long long i = 0; i < width; i++) to[i] = T(0);
  }
}

template <class T>
inline void add_rows(T* __restrict to, long long to_stride, const T* __restrict from, long long from_stride,
                     long long rows, long long width, long long step) {
  for (long long r = 0; r < rows; r++, to += to_stride, from += from_stride) {
    long long i = 0;
    for (; step == 1 && i + 8 <= width; i += 8) {
      for (int l = 0; l < 8; l++) to[i + l] += from[i + l];
    }
    for (; i < width; i++) to[i * step] += from[i];
  }
}

// Lowers output rows [row, row + rows) of `channels` planes at x into columns (channels * taps) x (rows * ow).
template <class T>
void lower(const pf_conv& p, const ConvShape& s, const T* x, long long channels, long long row, long long rows,
           T* columns) {
  for (long long c = 0; c < channels; c++) {
    const T* plane = x + c * s.h * s.w;
    for (int kh = 0; kh < p.window.kernel_h; kh++) {
      const RowSpan inside = row_span(p.window, kh, row, rows, s.h);
      const long long count = inside.last - inside.first;
      for (int kw = 0; kw < p.window.kernel_w; kw++, columns += rows * s.ow) {
        const Span span = span_of(p.window, kw, s.ow, s.w);
        T* to = columns + inside.first * s.ow;
        zero_rows(columns, s.ow, inside.first, s.ow);
        zero_rows(to, s.ow, count, span.first);
        copy_rows(to + span.first, s.ow, plane + inside.input * s.w + span.start + span.first * p.window.stride_w,
                  p.window.stride_h * s.w, count, span.last - span.first, p.window.stride_w);
        zero_rows(to + span.last, s.ow, count, s.ow - span.last);
        zero_rows(columns + inside.last * s.ow, s.ow, rows - inside.last, s.ow);
      }
    }
  }
}

// The adjoint of lower: adds columns back into the planes at dx.
template <class T>
void raise(const pf_conv& p, const ConvShape& s, const T* columns, long long channels, long long row, long long rows,
           T* dx) {
  for (long long c = 0; c < channels; c++) {
    T* plane = dx + c * s.h * s.w;
    for (int kh = 0; kh < p.window.kernel_h; kh++) {
      const RowSpan inside = row_span(p.window, kh, row, rows, s.h);
      for (int kw = 0; kw < p.window.kernel_w; kw++, columns += rows * s.ow) {
        const Span span = span_of(p.window, kw, s.ow, s.w);
        add_rows(plane + inside.input * s.w + span.start + span.first * p.window.stride_w, p.window.stride_h * s.w,
                 columns + inside.first * s.ow + span.first, s.ow, inside.last - inside.first, span.last - span.first,
                 p.window.stride_w);
      }
    }
  }
}

}  // namespace PF_ISA
}  // namespace pf
