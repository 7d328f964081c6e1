// Winograd's minimal filtering F(4x4, 3x3) (Lavin and Gray 2016, arXiv 1509.09308) over channel blocks: its transforms,
// on sixteen channels at once.
//
// Interpolation points 0, +-5/8, +-3/2 and infinity: half the rounding error of the textbook's 0, +-1, +-2 (point
// choice after Barabasz et al. 2018, arXiv 1803.10986). With a = 5/8, b = 3/2:
//   y = A' [(G w G') . (B' x B)] A,
//   dw = G' [sum over tiles of (B' x B) . (A dy A')] G.
#pragma once
#include "conv_shape.h"
#include "shared/vector.h"

namespace pf {
namespace PF_ISA {

constexpr int kPoints = 36;
constexpr int kTileSide = 4;
constexpr int kWindowSide = 6;

constexpr float kA = 0.625f, kB = 1.5f;
constexpr float kA2 = kA * kA, kB2 = kB * kB, kA3 = kA2 * kA, kB3 = kB2 * kB;
constexpr float kF0 = static_cast<float>(1.0 / (0.390625 * 2.25));
constexpr float kFa = static_cast<float>(1.0 / (2 * 0.390625 * (0.390625 - 2.25)));
constexpr float kFb = static_cast<float>(1.0 / (2 * 2.25 * (2.25 - 0.390625)));

// One direction of B' x: six in, six out.
static inline void input_transform(const vec d[6], vec t[6]) {
  const vec a = splat(kA), b = splat(kB), a2 = splat(-kA2), b2 = splat(-kB2);
  const vec product = splat(kA2 * kB2), sum = splat(-(kA2 + kB2));
  const vec even_a = fma_of(b2, d[2], d[4]), odd_a = a * fma_of(b2, d[1], d[3]);
  const vec even_b = fma_of(a2, d[2], d[4]), odd_b = b * fma_of(a2, d[1], d[3]);
  t[0] = fma_of(product, d[0], fma_of(sum, d[2], d[4]));
  t[1] = even_a + odd_a;
  t[2] = even_a - odd_a;
  t[3] = even_b + odd_b;
  t[4] = even_b - odd_b;
  t[5] = fma_of(product, d[1], fma_of(sum, d[3], d[5]));
}

// One direction of A' m: six in, four out.
static inline void output_transform(const vec m[6], vec y[4]) {
  const vec sum_a = m[1] + m[2], difference_a = m[1] - m[2], sum_b = m[3] + m[4], difference_b = m[3] - m[4];
  y[0] = m[0] + (sum_a + sum_b);
  y[1] = fma_of(splat(kA), difference_a, splat(kB) * difference_b);
  y[2] = fma_of(splat(kA2), sum_a, splat(kB2) * sum_b);
  y[3] = fma_of(splat(kA3), difference_a, fma_of(splat(kB3), difference_b, m[5]));
}

// One direction of A dy, the adjoint of the one above: four in, six out.
static inline void gradient_transform(const vec y[4], vec z[6]) {
  const vec even_a = fma_of(splat(kA2), y[2], y[0]), odd_a = fma_of(splat(kA3), y[3], splat(kA) * y[1]);
  const vec even_b = fma_of(splat(kB2), y[2], y[0]), odd_b = fma_of(splat(kB3), y[3], splat(kB) * y[1]);
  z[0] = y[0];
  z[1] = even_a + odd_a;
  z[2] = even_a - odd_a;
  z[3] = even_b + odd_b;
  z[4] = even_b - odd_b;
  z[5] = y[3];
}

// One direction of G w: three in, six out.
static inline void weight_transform(const vec g[3], vec u[6]) {
  const vec even_a = splat(kFa) * fma_of(splat(kA2), g[2], g[0]), odd_a = splat(kFa * kA) * g[1];
  const vec even_b = splat(kFb) * fma_of(splat(kB2), g[2], g[0]), odd_b = splat(kFb * kB) * g[1];
  u[0] = splat(kF0) * g[0];
  u[1] = even_a + odd_a;
  u[2] = even_a - odd_a;
  u[3] = even_b + odd_b;
  u[4] = even_b - odd_b;
  u[5] = g[2];
}

// One direction of G' u, its adjoint: six in, three out.
static inline void weight_gradient_transform(const vec u[6], vec g[3]) {
  const vec sum_a = splat(kFa) * (u[1] + u[2]), difference_a = splat(kFa * kA) * (u[1] - u[2]);
  const vec sum_b = splat(kFb) * (u[3] + u[4]), difference_b = splat(kFb * kB) * (u[3] - u[4]);
  g[0] = fma_of(splat(kF0), u[0], sum_a + sum_b);
  g[1] = difference_a + difference_b;
  g[2] = fma_of(splat(kA2), sum_a, fma_of(splat(kB2), sum_b, u[5]));
}

// How the output of one image is cut into 4 x 4 tiles, images one after the other.
struct Tiles {
  long long rows, columns, images;
  Tiles(long long n, long long oh, long long ow)
      : rows(ceil_div(oh, kTileSide)), columns(ceil_div(ow, kTileSide)), images(n) {}
  long long per_image() const { return rows * columns; }
  long long all() const { return images * per_image(); }
};

// Whether these convolutions can be done this way at all: dense 3x3 of stride 1 over channel blocks, 16 channels or
// more on both sides, and at least 1.7 multiplications saved for each one done on maps of these sizes.
static inline bool winograd_fits(const pf_conv& p, const ConvShape& s, const Tiles& tiles, long long rows,
                                 long long columns, long long least) {
  const pf_window& w = p.window;
  const bool dense = w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h == 1 && w.stride_w == 1 && w.dilation_h == 1 &&
                     w.dilation_w == 1 && w.pad_top <= 2 && w.pad_left <= 2 && s.groups == 1;
  const double saved = 9.0 * static_cast<double>(rows * columns) / static_cast<double>(kPoints * tiles.per_image());
  const bool wanted = p.algorithm == PF_NUMERICS_WINOGRAD;
  return dense && may_be(p.algorithm, PF_NUMERICS_WINOGRAD) && p.math != PF_MATH_STRICT && is_blocked(image_of(p)) &&
         is_blocked(result_of(p)) && (wanted || (s.c >= 16 && s.o >= 16 && saved >= 1.7 && tiles.all() >= least));
}

// Floats between two points of `tiles` transformed tiles of `channels`: an odd number of cache lines.
static inline long long point_floats(long long channels, long long tiles) { return spread(channels * tiles); }

// B' x B of the tile whose window begins at (top, left) of a plane of blocks, into to[point * step]; zeros outside.
static inline void transform_window(const float* plane, long long h, long long w, long long top, long long left,
                                    float* to, long long step) {
  static const float kZeros[kWindowSide * kPack] = {};
  const float* row[kWindowSide];
  for (int r = 0; r < kWindowSide; r++) {
    row[r] = top + r >= 0 && top + r < h ? plane + ((top + r) * w + left) * kPack : nullptr;
  }
  for (int v = 0; v < kBlockVecs; v++) {
    vec half[kWindowSide][kWindowSide];  // [column][row]
    for (int c = 0; c < kWindowSide; c++) {
      const bool inside = left + c >= 0 && left + c < w;
      vec d[kWindowSide];
      for (int r = 0; r < kWindowSide; r++) {
        d[r] = load(inside && row[r] != nullptr ? row[r] + c * kPack + v * kVecLanes : kZeros);
      }
      input_transform(d, half[c]);
    }
    for (int r = 0; r < kWindowSide; r++) {
      vec d[kWindowSide], t[kWindowSide];
      for (int c = 0; c < kWindowSide; c++) d[c] = half[c][r];
      input_transform(d, t);
      for (int c = 0; c < kWindowSide; c++) store(to + (r * kWindowSide + c) * step + v * kVecLanes, t[c]);
    }
  }
}

}  // namespace PF_ISA
}  // namespace pf
