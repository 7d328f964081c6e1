// The gradient of a depthwise convolution's weights over channel blocks: products over bands of rows are summed in
// float, bands and slices of images in double.
#pragma once
#include "block_axis.h"
#include "shared/vector.h"

namespace pf {
namespace PF_ISA {

constexpr long long kBandPixels = 128;  // summed in float
struct DepthwiseTiling {
  long long slices;
};

// Output rows [first, last) of a plane of x and of dy.
struct Band {
  const float *x, *dy;
  long long first, last;
};

// Adds a band's products for K taps of kernel row kh, from column kw on: sums over the band in float, bands in double.
// Columns inside for all K taps read dy once; the others come tap by tap.
template <int K>
static inline void add_band(const pf_conv& p, const ConvShape& s, const Band& band, int kh, int kw, double* sums) {
  const pf_window& w = p.window;
  Span span[K];
  long long low = 0, high = s.ow;
  for (int k = 0; k < K; k++) {
    span[k] = span_of(w, kw + k, s.ow, s.w);
    low = larger(low, span[k].first);
    high = smaller(high, span[k].last);
  }
  high = larger(low, high);
  const long long step = w.stride_w * kPack;
  for (int v = 0; v < kBlockVecs; v++) {
    vec total[K][2];
    for (int k = 0; k < K; k++) total[k][0] = total[k][1] = splat(0.0f);
    for (long long oh = band.first; oh < band.last; oh++) {
      const long long ih = input_row(w, oh, kh);
      if (ih < 0 || ih >= s.h) continue;
      const float* dy = band.dy + oh * s.ow * kPack + v * kVecLanes;
      const float* x[K];
      for (int k = 0; k < K; k++) x[k] = band.x + (ih * s.w + span[k].start) * kPack + v * kVecLanes;
      long long i = low;
      for (; i + 2 <= high; i += 2) {
        const vec one = load(dy + i * kPack), two = load(dy + (i + 1) * kPack);
#pragma GCC unroll 5
        for (int k = 0; k < K; k++) {
          total[k][0] = fma_of(load(x[k] + i * step), one, total[k][0]);
          total[k][1] = fma_of(load(x[k] + (i + 1) * step), two, total[k][1]);
        }
      }
#pragma GCC unroll 5
      for (int k = 0; k < K; k++) {
        for (long long at = span[k].first; at < smaller(low, span[k].last); at++) {
          total[k][0] = fma_of(load(x[k] + at * step), load(dy + at * kPack), total[k][0]);
        }
        for (long long at = larger(i, span[k].first); at < span[k].last; at++) {
          total[k][1] = fma_of(load(x[k] + at * step), load(dy + at * kPack), total[k][1]);
        }
      }
    }
    for (int k = 0; k < K; k++) {
      float lanes[kVecLanes];
      store(lanes, total[k][0] + total[k][1]);
      double* to = sums + k * kPack + v * kVecLanes;
      for (int l = 0; l < kVecLanes; l++) to[l] += static_cast<double>(lanes[l]);
    }
  }
}

static inline void run_slice(const pf_conv& p, const ConvShape& s, const DepthwiseTiling& tiling, long long chunk) {
  const long long blocks = blocks_of(s.c), block = chunk % blocks, slice = chunk / blocks, slices = tiling.slices;
  double* sums = at<double>(p.workspace) + chunk * s.taps * kPack;
  for (long long i = 0; i < s.taps * kPack; i++) sums[i] = 0;
  for (long long n = s.n * slice / slices; n < s.n * (slice + 1) / slices; n++) {
    const float* x = at<const float>(p.x) + (n * blocks + block) * s.h * s.w * kPack;
    const float* dy = at<const float>(p.dy) + (n * blocks + block) * s.oh * s.ow * kPack;
    const long long rows = larger(1, kBandPixels / s.ow);
    for (long long first = 0; first < s.oh; first += rows) {
      const Band band{x, dy, first, smaller(s.oh, first + rows)};
      for (int kh = 0; kh < p.window.kernel_h; kh++) {
        double* to = sums + kh * p.window.kernel_w * kPack;
        int kw = 0;
        for (; kw + 3 <= p.window.kernel_w; kw += 3) add_band<3>(p, s, band, kh, kw, to + kw * kPack);
        for (; kw < p.window.kernel_w; kw++) add_band<1>(p, s, band, kh, kw, to + kw * kPack);
      }
    }
  }
}

static inline void merge(const pf_conv& p, const ConvShape& s, const DepthwiseTiling& tiling, long long block) {
  const long long blocks = blocks_of(s.c);
  for (long long c = 0; c < channels_of(block, s.c); c++) {
    for (long long tap = 0; tap < s.taps; tap++) {
      double sum = 0;
      for (long long slice = 0; slice < tiling.slices; slice++) {
        sum += at<const double>(p.workspace)[((slice * blocks + block) * s.taps + tap) * kPack + c];
      }
      at<float>(p.dw)[(block * kPack + c) * s.taps + tap] = static_cast<float>(sum);
    }
  }
}

}  // namespace PF_ISA
}  // namespace pf
