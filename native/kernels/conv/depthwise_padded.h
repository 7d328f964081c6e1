// Depthwise 3x3 windows with padding 1 on all sides, as most are: two rows of up to eight columns are summed in
// registers at a time, without lists of taps. Only the first and the last column ask whether a tap lies outside; rows
// outside are left out.
#pragma once
#include "block_axis.h"
#include "shared/vector.h"

namespace pf {
namespace PF_ISA {

constexpr int kColumns = 8;                     // outputs of a row in registers
constexpr int kRows = kVecLanes == 16 ? 2 : 1;  // rows of them: as many as there are registers for

// What becomes of a sum.
struct Outcome {
  const float* bias;  // sixteen floats
  const float* add;   // as y lies; null: none
  bool rectify;
  float* y;

  void keep(float* to, vec sum) const {
    if (add != nullptr) sum += load(add + (to - y));
    store(to, rectify ? relu_of(sum) : sum);
  }
};

// A plane read by windows of 3x3 with one row and one column of padding.
struct PaddedPlane {
  const float* x;
  long long h, w;
  const float* weights;  // of the first of nine taps, sixteen floats; the next are `tap` floats on
  long long tap;
  Outcome out;
  long long oh, ow;
};

// Forward with stride 1 or 2, or the data gradient of stride 1.
static inline bool is_padded_by_one(const pf_conv& p) {
  const pf_window& w = p.window;
  const bool three = w.kernel_h == 3 && w.kernel_w == 3 && w.dilation_h == 1 && w.dilation_w == 1;
  const bool strides = w.stride_h == w.stride_w && w.stride_h <= (p.pass == PF_FORWARD ? 2 : 1);
  const bool padding = w.pad_top == 1 && w.pad_left == 1 && w.pad_bottom == 1 && w.pad_right == 1;
  return three && strides && padding && p.pass != PF_BACKWARD_WEIGHTS;
}

// Output rows [row, row + ROWS), columns [column, column + COUNT).
template <int ROWS, int COUNT, int STRIDE>
void sum_window(const PaddedPlane& p, long long row, long long column) {
  const bool left = column == 0, right = (column + COUNT - 1) * STRIDE + 1 >= p.w;
  const int first = row == 0 ? 1 : 0, last = (row + ROWS - 1) * STRIDE + 1 < p.h ? 3 : 2;
  for (int v = 0; v < kBlockVecs; v++) {
    vec sums[ROWS][COUNT];
    const vec bias = load(p.out.bias + v * kVecLanes);
#pragma GCC unroll 2
    for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 8
      for (int i = 0; i < COUNT; i++) sums[r][i] = bias;
    }
    for (int kh = first; kh < last; kh++) {
      const float* weights = p.weights + kh * 3 * p.tap + v * kVecLanes;
      const float* x = p.x + ((row * STRIDE + kh - 1) * p.w + column * STRIDE - 1) * kPack + v * kVecLanes;
#pragma GCC unroll 3
      for (int kw = 0; kw < 3; kw++) {
        const vec w = load(weights + kw * p.tap);
#pragma GCC unroll 2
        for (int r = 0; r < ROWS; r++) {
          const float* from = x + (r * STRIDE * p.w + kw) * kPack;
#pragma GCC unroll 8
          for (int i = 0; i < COUNT; i++) {
            if (i == 0 && kw == 0 && left) continue;
            if (i == COUNT - 1 && kw == 2 && right) continue;
            sums[r][i] = fma_of(load(from + i * STRIDE * kPack), w, sums[r][i]);
          }
        }
      }
    }
    float* y = p.out.y + (row * p.ow + column) * kPack + v * kVecLanes;
#pragma GCC unroll 2
    for (int r = 0; r < ROWS; r++) {
#pragma GCC unroll 8
      for (int i = 0; i < COUNT; i++) p.out.keep(y + (r * p.ow + i) * kPack, sums[r][i]);
    }
  }
}

typedef void (*Window)(const PaddedPlane&, long long, long long);

template <int ROWS, int STRIDE>
void sum_rows(const PaddedPlane& p, long long row) {
  static const Window windows[kColumns] = {sum_window<ROWS, 1, STRIDE>, sum_window<ROWS, 2, STRIDE>,
                                           sum_window<ROWS, 3, STRIDE>, sum_window<ROWS, 4, STRIDE>,
                                           sum_window<ROWS, 5, STRIDE>, sum_window<ROWS, 6, STRIDE>,
                                           sum_window<ROWS, 7, STRIDE>, sum_window<ROWS, 8, STRIDE>};
  for (long long at = 0; at < p.ow;) {
    const long long rest = p.ow - at;
    const long long run = rest > kColumns && rest < 2 * kColumns ? (rest + 1) / 2 : smaller(rest, kColumns);
    windows[run - 1](p, row, at);
    at += run;
  }
}

template <int STRIDE>
void sum_plane(const PaddedPlane& p) {
  sum_rows<1, STRIDE>(p, 0);
  long long row = 1;
  for (; row + kRows < p.oh; row += kRows) sum_rows<kRows, STRIDE>(p, row);
  for (; row < p.oh; row++) sum_rows<1, STRIDE>(p, row);
}

}  // namespace PF_ISA
}  // namespace pf
