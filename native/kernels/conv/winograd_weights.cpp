// The gradient of the weights by Winograd's F(4x4, 3x3) over channel blocks: the exact adjoint of the forward pass. x
// and dy are transformed tile by tile; at each of 36 points, input channels by output channels are summed over tiles
// in register tiles; the sums are transformed to 3 x 3 taps at the end.
//
// Small sums (few channels): fixed slices of the tiles, group by group through the cache, each with sums of its own,
// merged in slice order. Large sums: all tiles are transformed first, and every chunk is a pair of output blocks.
//
// Transformed tiles: [point][block][tile][16]; sums: [output block][point][input block][16 inputs][16 outputs].
#include "shared/tile.h"
#include "shared/transpose.h"
#include "algorithms.h"
#include "winograd.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kLeastTiles = 32;
constexpr long long kGroupBytes = 1024 * 1024;  // of transformed tiles in a group
constexpr long long kSlicedBytes = 5LL << 20;   // largest sums that every slice has of its own
constexpr double kNanosecondsPerFlop = 1.0 / 90.0;
struct Tiling {
  long long group, slices;  // slices 0: all tiles at once
};

struct Sum {
  const float *x, *dy;
  long long n, real_c, real_o, h, w, oh, ow, top, left;
  long long c, o;  // channels with the zeros that fill the last block
  long long blocks() const { return c / kPack; }
  long long panels() const { return o / kPack; }
  long long panel_floats() const { return kPoints * c * kPack; }
};

bool sum_of(const pf_conv& p, Sum* out) {
  ConvShape s;
  const pf_window& w = p.window;
  if (conv_shape(p, &s) != PF_OK || p.pass != PF_BACKWARD_WEIGHTS) return false;
  *out = {at<const float>(p.x),   at<const float>(p.dy), s.n, s.c, s.o, s.h, s.w, s.oh, s.ow, w.pad_top, w.pad_left,
          blocks_of(s.c) * kPack, blocks_of(s.o) * kPack};
  const Tiles tiles(s.n, s.oh, s.ow);
  return winograd_fits(p, s, tiles, s.oh, s.ow, kLeastTiles);
}

int check(const void* params, Cut* out) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  Sum s;
  if (!sum_of(p, &s)) return PF_UNSUPPORTED;
  const long long all = Tiles(s.n, s.oh, s.ow).all(), sums = kPoints * s.c * s.o * 4;
  const bool sliced = sums <= kSlicedBytes;
  const long long group = sliced ? smaller(all, larger(16, kGroupBytes / 4 / kPoints / (s.c + s.o) / 8 * 8)) : all;
  const long long slices = sliced ? smaller(ceil_div(all, group), sums <= (1 << 20) ? 8 : 4) : 0;
  out->numerics = PF_NUMERICS_WINOGRAD;
  out->keep(Tiling{group, slices});
  out->stages = 2;
  const double flops = 2.0 * kPoints * static_cast<double>(all * s.c * s.o);
  const long long inputs = lines(kPoints * 4 * point_floats(s.c, group));
  const long long outputs = lines(kPoints * 4 * point_floats(s.o, group));
  out->chunks[0] = sliced ? slices : s.blocks() + s.panels();
  out->chunks[1] = sliced ? s.panels() : ceil_div(s.panels(), kTilePanels);
  out->nanoseconds[0] = sliced ? flops * kNanosecondsPerFlop : static_cast<double>(all * (s.c + s.o)) * 10;
  out->nanoseconds[1] = sliced ? static_cast<double>(s.c * s.o * slices) * 10 : flops * kNanosecondsPerFlop;
  out->shared = sliced ? lines(slices * sums) : inputs + outputs;
  out->scratch = sliced ? inputs + outputs : lines(kTilePanels * s.panel_floats() * 4);
  return PF_OK;
}

// A dy A' of the 4 x 4 outputs at (top, left) of a plane of blocks; zeros outside.
void transform_gradient(const float* plane, long long oh, long long ow, long long top, long long left, float* to,
                        long long step) {
  const long long rows = smaller(kTileSide, oh - top), columns = smaller(kTileSide, ow - left);
  for (int v = 0; v < kBlockVecs; v++) {
    vec half[kTileSide][kWindowSide];  // [column][row]
    for (int c = 0; c < kTileSide; c++) {
      vec d[kTileSide];
      for (int r = 0; r < kTileSide; r++) {
        const bool inside = r < rows && c < columns;
        d[r] = inside ? load(plane + ((top + r) * ow + left + c) * kPack + v * kVecLanes) : splat(0.0f);
      }
      gradient_transform(d, half[c]);
    }
    for (int r = 0; r < kWindowSide; r++) {
      const vec d[kTileSide] = {half[0][r], half[1][r], half[2][r], half[3][r]};
      vec z[kWindowSide];
      gradient_transform(d, z);
      for (int c = 0; c < kWindowSide; c++) store(to + (r * kWindowSide + c) * step + v * kVecLanes, z[c]);
    }
  }
}

// Tiles [first, last) of one block of x (or, `gradient`, of dy), into a group that begins at `first`.
void transform(const Sum& s, bool gradient, long long first, long long last, long long block, float* to) {
  const Tiles tiles(s.n, s.oh, s.ow);
  const long long count = last - first, step = point_floats(gradient ? s.o : s.c, count);
  for (long long t = first; t < last; t++) {
    const long long n = t / tiles.per_image();
    const long long row = t % tiles.per_image() / tiles.columns * kTileSide, column = t % tiles.columns * kTileSide;
    float* tile = to + (block * count + (t - first)) * kPack;
    if (gradient) {
      transform_gradient(s.dy + (n * s.panels() + block) * s.oh * s.ow * kPack, s.oh, s.ow, row, column, tile, step);
    } else {
      transform_window(s.x + (n * s.blocks() + block) * s.h * s.w * kPack, s.h, s.w, row - s.top, column - s.left, tile,
                       step);
    }
  }
}

// Adds what `count` tiles give to the sums of output blocks [panel, panel + panels).
void add(const Sum& s, long long count, const float* inputs, const float* outputs, long long panel, int panels,
         float* sums, bool fresh) {
  const long long no_tap = 0, in_step = point_floats(s.c, count), out_step = point_floats(s.o, count);
  Tile t;
  t.a_row = 1;
  t.a_lane = kPack;
  t.a_block = t.b_block = 0;
  t.blocks = t.taps = 1;
  t.lanes = count;
  t.a_tap = t.b_tap = &no_tap;
  t.y_row = kPack;
  t.accumulate = !fresh;
  const EvenRows cut(kPack, kChannelRows);
  for (int point = 0; point < kPoints; point++) {
    for (long long block = 0; block < s.blocks(); block++) {
      for (long long tile = 0; tile < cut.tiles; tile++) {
        const long long lane = cut.at(tile);
        t.a = inputs + point * in_step + block * count * kPack + lane;
        for (int i = 0; i < panels; i++) {
          t.b[i] = outputs + point * out_step + (panel + i) * count * kPack;
          t.y[i] = sums + i * s.panel_floats() + ((point * s.blocks() + block) * kPack + lane) * kPack;
        }
        channel_tile(static_cast<int>(cut.at(tile + 1) - lane), panels, kPack)(t);
      }
    }
  }
}

// G' u G of one output block to rows of the weights; slices of sums lie `stride` floats apart.
void untransform(const pf_conv& p, const Sum& s, const float* sums, long long stride, long long slices,
                 long long panel) {
  const long long step = s.c * kPack;
  alignas(64) float run[kPack * 9 * kPack];  // sixteen input channels' taps
  for (long long c = 0; c < s.c; c++) {
    float* taps = run + c % kPack * 9 * kPack;
    for (int v = 0; v < kBlockVecs; v++) {
      vec half[kWindowSide][3];  // [column][row]
      for (int i = 0; i < kWindowSide; i++) {
        vec u[kWindowSide];
        for (int r = 0; r < kWindowSide; r++) {
          const float* from = sums + (r * kWindowSide + i) * step + c * kPack + v * kVecLanes;
          u[r] = load(from);
          for (long long slice = 1; slice < slices; slice++) u[r] += load(from + slice * stride);
        }
        weight_gradient_transform(u, half[i]);
      }
      for (int kh = 0; kh < 3; kh++) {
        vec u[kWindowSide], g[3];
        for (int i = 0; i < kWindowSide; i++) u[i] = half[i][kh];
        weight_gradient_transform(u, g);
        for (int kw = 0; kw < 3; kw++) store(taps + (kh * 3 + kw) * kPack + v * kVecLanes, g[kw]);
      }
    }
    if (c % kPack == kPack - 1) {
      float* dw = at<float>(p.dw) + (panel * kPack * s.real_c + c + 1 - kPack) * 9;
      scatter_rows(dw, s.real_c * 9, run, channels_of(c / kPack, s.real_c) * 9, channels_of(panel, s.real_o));
    }
  }
}

// Where a slice's sums begin, and where its groups of tiles do.
void run_slice(const Sum& s, const Tiling& tiling, long long slice, float* sums, float* inputs, float* outputs) {
  const long long all = Tiles(s.n, s.oh, s.ow).all(), group = tiling.group, slices = tiling.slices;
  const long long groups = ceil_div(all, group), from = groups * slice / slices;
  for (long long g = from; g < groups * (slice + 1) / slices; g++) {
    const long long first = g * group, last = smaller(all, first + group);
    for (long long block = 0; block < s.blocks(); block++) transform(s, false, first, last, block, inputs);
    for (long long panel = 0; panel < s.panels(); panel++) transform(s, true, first, last, panel, outputs);
    for (long long panel = 0; panel < s.panels(); panel += kTilePanels) {
      const int panels = static_cast<int>(smaller(kTilePanels, s.panels() - panel));
      add(s, last - first, inputs, outputs, panel, panels, sums + panel * s.panel_floats(), g == from);
    }
  }
}

void run_chunk(const pf_conv& p, const Sum& s, const Tiling& tiling, int stage, long long chunk, float* scratch) {
  float* shared = at<float>(p.workspace);
  const long long group = tiling.group, slices = tiling.slices, sums = s.panels() * s.panel_floats();
  const long long inputs = lines(kPoints * 4 * point_floats(s.c, group)) / 4;
  if (slices > 0) {
    if (stage == 0) return run_slice(s, tiling, chunk, shared + chunk * sums, scratch, scratch + inputs);
    return untransform(p, s, shared + chunk * s.panel_floats(), sums, slices, chunk);
  }
  if (stage == 0) {
    const bool gradient = chunk >= s.blocks();
    return transform(s, gradient, 0, group, gradient ? chunk - s.blocks() : chunk, gradient ? shared + inputs : shared);
  }
  const long long panel = chunk * kTilePanels;
  const int panels = static_cast<int>(smaller(kTilePanels, s.panels() - panel));
  add(s, group, shared, shared + inputs, panel, panels, scratch, true);
  for (int i = 0; i < panels; i++) untransform(p, s, scratch + i * s.panel_floats(), 0, 1, panel + i);
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char* scratch) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  Sum s;
  if (!sum_of(p, &s)) return PF_INVALID;
  for (long long chunk = first; chunk < last; chunk++) {
    run_chunk(p, s, tiling, stage, chunk, reinterpret_cast<float*>(scratch));
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family winograd_weights_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
