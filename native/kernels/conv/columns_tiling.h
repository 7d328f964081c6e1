// How a convolution is cut: output rows per tile, input channels per step, output channels per product, slices and
// parts; all functions of shape and element size alone.
#pragma once
#include "conv_shape.h"

namespace pf {
namespace PF_ISA {

constexpr double kNoPack = 1e6;                     // OpenBLAS: largest M N K of its no-pack path
constexpr long long kColumnBytes = 384 * 1024;      // column tile kept well inside L2
constexpr long long kPartialBytes = 48LL << 20;     // most workspace for weight-gradient partial sums
constexpr double kNanosecondsPerFlop = 1.0 / 60.0;  // serial estimate
struct ColumnsTiling {
  long long rows, tiles, depth, block, slices, parts;
  bool pointwise, turned;
};

struct Choice {
  long long rows, depth, block;
};

// Picks output rows per tile, input channels per step and the block of the GEMM's M. `wide` is the dimension that pairs
// with the pixels; the score favours shapes whose three extents are all comfortable for the micro-kernels.
static inline Choice choose(const ConvShape& s, long long wide, long long narrow_unit, long long bytes) {
  Choice best{1, 1, 1};
  double best_score = -1;
  for (long long rows = 1; rows <= s.oh; rows++) {
    long long pixels = rows * s.ow;
    if (rows > 1 && pixels > 1024) break;
    for (long long depth = s.cg;; depth = ceil_div(depth, 2)) {
      long long k = depth * s.taps;
      bool fits = k * pixels * bytes <= kColumnBytes;
      for (long long block = wide;; block = ceil_div(block, 2)) {
        double m = static_cast<double>(block * narrow_unit);
        double product = m * static_cast<double>(pixels) * static_cast<double>(k);
        double score = (m / (m + 12)) * (static_cast<double>(pixels) / static_cast<double>(pixels + 24)) *
                       (static_cast<double>(k) / static_cast<double>(k + 24));
        if (product > kNoPack) score *= 0.6;
        if (!fits) score *= 0.5;
        if (score > best_score) {
          best_score = score;
          best = {rows, depth, block};
        }
        if (block == 1) break;
      }
      if (depth == 1) break;
    }
  }
  return best;
}

// Fills the cut of the scattering data gradient into stage 1. The GEMM's M are channels times taps, its K the output
// channels.
static inline void plan_scatter(const ConvShape& s, long long bytes, Cut* out) {
  long long best_rows = 1, best_block = 1;
  double best = -1;
  for (long long rows = 1; rows <= s.oh && (rows == 1 || rows * s.ow <= 1024); rows++) {
    for (long long block = s.cg;; block = ceil_div(block, 2)) {
      double m = static_cast<double>(block * s.taps), pixels = static_cast<double>(rows * s.ow);
      double score = (m / (m + 12)) * (pixels / (pixels + 24));
      if (m * pixels * static_cast<double>(s.og) > kNoPack) score *= 0.6;
      if (m * pixels * static_cast<double>(bytes) > kColumnBytes) score *= 0.5;
      if (score > best) {
        best = score;
        best_rows = rows;
        best_block = block;
      }
      if (block == 1) break;
    }
  }
  // Channels of one image go to several chunks where there are few images.
  const long long parts = larger(1, smaller(ceil_div(s.cg, best_block), ceil_div(8, s.n * s.groups)));
  const long long tiles = ceil_div(s.oh, best_rows);
  out->keep(ColumnsTiling{best_rows, tiles, 0, best_block, 0, parts, s.is_pointwise(), false});
  out->chunks[1] = s.n * s.groups * parts;
  out->scratch = lines(best_block * s.taps * best_rows * s.ow * bytes);
}

// Fills the cut of the weight gradient: partial sums over fixed slices of images and tiles, then their merging.
static inline void plan_weights(const ConvShape& s, long long bytes, Cut* out) {
  const Choice c = choose(s, s.og, 1, bytes);
  const long long tiles = ceil_div(s.oh, c.rows), units = s.n * tiles, partial = s.o * s.k() * bytes;
  const long long slices = larger(1, smaller(smaller(16, units), kPartialBytes / larger(1, partial)));
  const long long parts = larger(1, smaller(ceil_div(s.cg, c.depth), ceil_div(16, slices * s.groups)));
  const long long pixels = c.rows * s.ow;
  out->keep(ColumnsTiling{c.rows, tiles, c.depth, c.block, slices, parts, s.is_pointwise(), false});
  out->stages = 2;
  out->chunks[0] = s.groups * slices * parts;
  out->chunks[1] = s.o;
  out->nanoseconds[1] = static_cast<double>(s.o * s.k() * slices) * 0.5;
  out->shared = lines(slices * partial);
  out->scratch = lines(s.is_pointwise() ? 0 : c.depth * s.taps * pixels * bytes) + lines(pixels * s.og * bytes);
}

// Fills the cut of a forward pass over these sizes into stage `stage`; `turned`: of a data gradient.
static inline void plan_forward(const ConvShape& s, long long bytes, int stage, bool turned, Cut* out) {
  Choice c = choose(s, s.og, 1, bytes);
  // A single image is cut finer, so that there is something to share.
  while (s.n * s.groups * ceil_div(s.oh, c.rows) < 4 && c.rows > 1 && c.rows * s.ow >= 128)
    c.rows = ceil_div(c.rows, 2);
  const long long tiles = ceil_div(s.oh, c.rows);
  const long long parts = larger(1, smaller(ceil_div(s.og, 16), ceil_div(4, s.n * s.groups * tiles)));
  const long long block = smaller(c.block, ceil_div(s.og, parts));
  out->keep(ColumnsTiling{c.rows, tiles, c.depth, block, 0, parts, s.is_pointwise(), turned});
  out->chunks[stage] = s.n * s.groups * tiles * parts;
  out->scratch = s.is_pointwise() ? 0 : lines(c.depth * s.taps * c.rows * s.ow * bytes);
}

}  // namespace PF_ISA
}  // namespace pf
