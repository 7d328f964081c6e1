// Depthwise convolution over channel blocks: one input and one output channel per group, sixteen of them at once. 3x3
// windows over small planes are in depthwise_padded.h. Else rows of outputs are summed in registers, several columns at
// a time; where a window reaches over an edge, its taps outside are left out. The data gradient of stride s runs one
// phase of the input position after the other; that of the weights is in depthwise_weights.h.
#include "algorithms.h"
#include "block_axis.h"
#include "depthwise_padded.h"
#include "depthwise_weights.h"
#include "shared/transpose.h"
#include "shared/vector.h"
#include "shared/wide.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kNearPixels = 400;      // of a plane that stays in the first cache while two of its rows are summed
constexpr long long kFarPlane = 64 * 1024;  // bytes; strides over a larger one touch its rows in order first

int check(const void* params, Cut* out) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape s;
  int status = conv_shape(p, &s);
  if (status != PF_OK) return status;
  if (p.prepared != 0 || !may_be(p.algorithm, PF_NUMERICS_DEPTHWISE_BLOCKS)) return PF_UNSUPPORTED;
  const bool depthwise = s.cg == 1 && s.og == 1 && is_blocked(image_of(p)) && is_blocked(result_of(p));
  if (!depthwise || p.window.kernel_h > kMostTaps || p.window.kernel_w > kMostTaps) return PF_UNSUPPORTED;
  const long long blocks = blocks_of(s.c);
  out->numerics = PF_NUMERICS_DEPTHWISE_BLOCKS;
  out->chunks[0] = s.n * blocks;
  out->nanoseconds[0] = static_cast<double>(s.n * s.c * s.oh * s.ow * s.taps) * 0.05;
  if (p.pass != PF_BACKWARD_WEIGHTS) return PF_OK;
  const long long slices = smaller(s.n, 16);
  out->stages = 2;
  out->keep(DepthwiseTiling{slices});
  out->chunks[0] = slices * blocks;
  out->chunks[1] = blocks;
  out->nanoseconds[1] = static_cast<double>(slices * s.c * s.taps);
  out->shared = lines(slices * blocks * kPack * s.taps * 8);
  return PF_OK;
}

// One tap that reads inside: where, and its sixteen weights.
struct Reads {
  const float* x;
  const float* w;
};

struct Plane {
  const float* x;
  long long h, w;
  const float* weights;  // [tap][16]
  int kernel_w;
  Outcome out;
  long long ow;
};

// Outputs [0, kCount) of a row, `step` floats apart in y and `x_step` in x, over `count` taps, `offset` floats on.
template <int kCount>
void sum_columns(const Reads* taps, int count, long long offset, long long x_step, const Plane& p, float* y,
                 long long step) {
  for (int v = 0; v < kBlockVecs; v++) {
    vec sums[kCount];
#pragma GCC unroll 8
    for (int i = 0; i < kCount; i++) sums[i] = load(p.out.bias + v * kVecLanes);
    for (int t = 0; t < count; t++) {
      const vec w = load(taps[t].w + v * kVecLanes);
      const float* x = taps[t].x + offset + v * kVecLanes;
#pragma GCC unroll 8
      for (int i = 0; i < kCount; i++) sums[i] = fma_of(load(x + i * x_step), w, sums[i]);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kCount; i++) p.out.keep(y + i * step + v * kVecLanes, sums[i]);
  }
}

// The outputs [first, last) of an axis all of whose taps lie inside [0, size).
void inner_range(const Axis& a, long long size, long long* first, long long* last) {
  long long low = 0, high = 0;
  for (int i = 0; i < a.taps; i++) {
    low = i == 0 ? a.offset[i] : smaller(low, a.offset[i]);
    high = i == 0 ? a.offset[i] : larger(high, a.offset[i]);
  }
  const long long begin = a.base + low, end = size - 1 - a.base - high;
  *first = smaller(a.count, begin >= 0 ? 0 : ceil_div(-begin, a.base_step));
  *last = larger(*first, end < 0 ? 0 : smaller(a.count, end / a.base_step + 1));
}

typedef void (*Columns)(const Reads*, int, long long, long long, const Plane&, float*, long long);

// Where the taps of output row j and column i read, those inside the plane.
int reads_of(const Plane& p, const Axis& rows, const Axis& columns, long long j, long long i, Reads* taps) {
  int count = 0;
  for (int kh = 0; kh < rows.taps; kh++) {
    const long long ih = rows.base + j * rows.base_step + rows.offset[kh];
    if (ih < 0 || ih >= p.h) continue;
    for (int kw = 0; kw < columns.taps; kw++) {
      const long long iw = columns.base + i * columns.base_step + columns.offset[kw];
      if (iw < 0 || iw >= p.w) continue;
      taps[count++] = {p.x + (ih * p.w + iw) * kPack,
                       p.weights + (rows.tap[kh] * p.kernel_w + columns.tap[kw]) * kPack};
    }
  }
  return count;
}

// The farthest tap of an axis.
long long last_offset(const Axis& a) {
  long long last = 0;
  for (int i = 0; i < a.taps; i++) last = larger(last, a.offset[i]);
  return last;
}

// Outputs that share a list of taps: `count` of a line, `step` floats apart in y and `x_step` in x.
struct Line {
  float* y;
  long long offset;  // floats from what the taps name to what the first output reads
  long long step, x_step, count;
};

void sum_line(const Reads* taps, int tap_count, const Plane& p, const Line& l) {
  static const Columns sums[kColumns] = {sum_columns<1>, sum_columns<2>, sum_columns<3>, sum_columns<4>,
                                         sum_columns<5>, sum_columns<6>, sum_columns<7>, sum_columns<8>};
  for (long long at = 0; at < l.count;) {
    const long long rest = l.count - at;
    const long long run = rest > kColumns && rest < 2 * kColumns ? (rest + 1) / 2 : smaller(rest, kColumns);
    sums[run - 1](taps, tap_count, l.offset + at * l.x_step, l.x_step, p, l.y + at * l.step, l.step);
    at += run;
  }
}

// One phase of rows and columns of a plane. Columns all of whose taps lie inside are summed along every row, the others
// down, rows all of whose taps lie inside together.
void convolve(const Plane& p, const Axis& rows, const Axis& columns) {
  long long first, last, first_row, last_row;
  inner_range(columns, p.w, &first, &last);
  inner_range(rows, p.h, &first_row, &last_row);
  Reads taps[kMostTaps * kMostTaps];
  const long long step = columns.step * kPack, x_step = columns.base_step * kPack;
  const long long row_step = rows.step * p.ow * kPack, x_row_step = rows.base_step * p.w * kPack;
  float* y = p.out.y + (rows.first * p.ow + columns.first) * kPack;
  int count = 0;
  const bool far = rows.base_step > 1 && p.h * p.w * kPack * 4 >= kFarPlane;
  const long long reach = last_offset(rows);
  long long touched = 0;
  for (long long j = 0; j < rows.count && last > first; j++) {
    if (far) {
      const long long end = larger(touched, smaller(p.h, rows.base + j * rows.base_step + reach + 1) * p.w);
      touch_pixels(p.x, touched, end);
      touched = end;
    }
    const bool listed = j > first_row && j < last_row;
    if (!listed) count = reads_of(p, rows, columns, j, first, taps);
    const long long offset = listed ? (j - first_row) * x_row_step : 0;
    sum_line(taps, count, p, {y + j * row_step + first * step, offset, step, x_step, last - first});
  }
  for (long long i = first > 0 || last == first ? 0 : last; i < columns.count; i = i + 1 == first ? last : i + 1) {
    for (long long j = 0; j < rows.count;) {
      const long long run = j == first_row && last_row > first_row ? last_row - first_row : 1;
      count = reads_of(p, rows, columns, j, i, taps);
      sum_line(taps, count, p, {y + j * row_step + i * step, 0, row_step, x_row_step, run});
      j += run;
    }
  }
}

// What the planes of one block share.
struct Block {
  long long index;
  alignas(64) float weights[kMostTaps * kMostTaps * kPack];  // [tap][16]
  alignas(64) float bias[kPack];
};

void gather(const pf_conv& p, const ConvShape& s, long long index, Block* block) {
  block->index = index;
  const long long channels = channels_of(index, s.c);
  gather_rows(block->weights, at<float>(p.w) + index * kPack * s.taps, s.taps, s.taps, channels);
  const float* bias = at<const float>(p.epilogue.bias);
  keep(block->bias, bias == nullptr ? Wide{} : some(bias + index * kPack, channels));
}

Outcome outcome(const pf_conv& p, const ConvShape& s, const Block& block, long long plane) {
  if (p.pass != PF_FORWARD) return {block.bias, nullptr, false, at<float>(p.dx) + plane * s.h * s.w * kPack};
  const long long begin = plane * s.oh * s.ow * kPack;
  const float* add = at<const float>(p.epilogue.add);
  return {block.bias, add == nullptr ? nullptr : add + begin, p.epilogue.activation == PF_RELU, at<float>(p.y) + begin};
}

void run_padded(const pf_conv& p, const ConvShape& s, const Block& block, long long plane) {
  const Outcome out = outcome(p, s, block, plane);
  if (p.pass != PF_FORWARD) {
    const float* dy = at<const float>(p.dy) + plane * s.oh * s.ow * kPack;
    return sum_plane<1>({dy, s.oh, s.ow, block.weights + 8 * kPack, -kPack, out, s.h, s.w});
  }
  const float* x = at<const float>(p.x) + plane * s.h * s.w * kPack;
  const PaddedPlane of{x, s.h, s.w, block.weights, kPack, out, s.oh, s.ow};
  if (p.window.stride_h == 1) return sum_plane<1>(of);
  sum_plane<2>(of);
}

void run_plane(const pf_conv& p, const ConvShape& s, const Block& block, long long plane) {
  const pf_window& w = p.window;
  const Outcome out = outcome(p, s, block, plane);
  if (p.pass == PF_FORWARD) {
    const float* x = at<const float>(p.x) + plane * s.h * s.w * kPack;
    return convolve({x, s.h, s.w, block.weights, w.kernel_w, out, s.ow},
                    forward_axis(s.oh, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top),
                    forward_axis(s.ow, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left));
  }
  const float* dy = at<const float>(p.dy) + plane * s.oh * s.ow * kPack;
  const Plane of{dy, s.oh, s.ow, block.weights, w.kernel_w, out, s.w};
  for (int ph = 0; ph < w.stride_h; ph++) {
    for (int pw = 0; pw < w.stride_w; pw++) {
      convolve(of, data_axis(s.h, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, ph),
               data_axis(s.w, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, pw));
    }
  }
}

void run_planes(const pf_conv& p, const ConvShape& s, long long first, long long last) {
  const bool padded = is_padded_by_one(p) && s.h * s.w <= kNearPixels;
  Block block;
  for (long long plane = first; plane < last; plane++) {
    gather(p, s, plane % blocks_of(s.c), &block);
    if (padded) {
      run_padded(p, s, block, plane);
    } else {
      run_plane(p, s, block, plane);
    }
  }
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char*) {
  const DepthwiseTiling tiling = cut.kept<DepthwiseTiling>();
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape s;
  if (conv_shape(p, &s) != PF_OK) return PF_INVALID;
  if (p.pass != PF_BACKWARD_WEIGHTS) {
    run_planes(p, s, first, last);
    return PF_OK;
  }
  for (long long chunk = first; chunk < last; chunk++) {
    if (stage == 1) {
      merge(p, s, tiling, chunk);
    } else {
      run_slice(p, s, tiling, chunk);
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family depthwise_blocks_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
