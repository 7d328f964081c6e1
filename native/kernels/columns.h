// Lowering of image rows to the columns of a matrix product (im2col) and its adjoint.
#pragma once
#include "conv_shape.h"

namespace pf {
namespace PF_ISA {

// Copies a row in pieces of a size the compiler knows, the last one overlapping the one before: rows are short.
template <int kPiece, class T>
inline void copy_pieces(T* __restrict to, const T* __restrict from, long long count) {
  for (long long i = 0; i + kPiece <= count; i += kPiece) memcpy(to + i, from + i, kPiece * sizeof(T));
  memcpy(to + count - kPiece, from + count - kPiece, kPiece * sizeof(T));
}

template <class T>
inline void copy_row(T* __restrict to, const T* __restrict from, long long count) {
  if (count >= 16) {
    copy_pieces<16>(to, from, count);
  } else if (count >= 8) {
    copy_pieces<8>(to, from, count);
  } else if (count >= 4) {
    copy_pieces<4>(to, from, count);
  } else {
    for (long long i = 0; i < count; i++) to[i] = from[i];
  }
}

// Adds a row to a row.
template <class T>
inline void add_row(T* __restrict to, const T* __restrict from, long long count) {
  long long i = 0;
  for (; i + 8 <= count; i += 8) {
    for (int l = 0; l < 8; l++) to[i + l] += from[i + l];
  }
  for (; i < count; i++) to[i] += from[i];
}

// Lowers output rows [row, row + rows) of `channels` planes at x into columns (channels * taps) x (rows * ow).
template <class T>
void lower(const pf_conv& p, const ConvShape& s, const T* x, long long channels, long long row, long long rows,
           T* columns) {
  for (long long c = 0; c < channels; c++) {
    const T* plane = x + c * s.h * s.w;
    for (int kh = 0; kh < p.window.kernel_h; kh++) {
      for (int kw = 0; kw < p.window.kernel_w; kw++) {
        const Span span = span_of(p.window, kw, s.ow, s.w);
        for (long long r = 0; r < rows; r++, columns += s.ow) {
          const long long ih = input_row(p.window, row + r, kh);
          if (ih < 0 || ih >= s.h) {
            memset(columns, 0, s.ow * sizeof(T));
            continue;
          }
          const T* from = plane + ih * s.w + span.start;
          for (long long i = 0; i < span.first; i++) columns[i] = T(0);
          if (p.window.stride_w == 1) {
            copy_row(columns + span.first, from + span.first, span.last - span.first);
          } else {
            for (long long i = span.first; i < span.last; i++) columns[i] = from[i * p.window.stride_w];
          }
          for (long long i = span.last; i < s.ow; i++) columns[i] = T(0);
        }
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
      for (int kw = 0; kw < p.window.kernel_w; kw++) {
        const Span span = span_of(p.window, kw, s.ow, s.w);
        for (long long r = 0; r < rows; r++, columns += s.ow) {
          const long long ih = input_row(p.window, row + r, kh);
          if (ih < 0 || ih >= s.h) continue;
          T* to = plane + ih * s.w + span.start;
          if (p.window.stride_w == 1) {
            add_row(to + span.first, columns + span.first, span.last - span.first);
          } else {
            for (long long i = span.first; i < span.last; i++) to[i * p.window.stride_w] += columns[i];
          }
        }
      }
    }
  }
}

}  // namespace PF_ISA
}  // namespace pf
