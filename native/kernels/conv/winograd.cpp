// Convolution by Winograd's F(4x4, 3x3) over channel blocks, forward and data gradient (a forward convolution with
// turned weights). A group of tiles is transformed at once; then, for two blocks of output channels at a time, 36
// products of tiles by input channels with input by output channels, in register tiles, and the way back. Transformed
// tiles and products stay in the cache.
//
// Many tiles: weights are transformed first, and every chunk is a group of tiles. Few tiles (small maps, single
// images): all tiles are transformed first, and every chunk is a pair of output blocks that transforms its own weights.
//
// Transformed tiles: [point][input block][tile][16]; weights: [output block][point][input block][16 inputs][16
// outputs].
#include "algorithms.h"
#include "winograd.h"

#include "shared/tile.h"
#include "shared/transpose.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kGroupBytes = 768 * 1024;  // of transformed tiles in a group
constexpr long long kFewTiles = 128;
constexpr long long kLeastTiles = 4;
constexpr double kNanosecondsPerFlop = 1.0 / 100.0;
constexpr long long kPreparedBytes = 2 << 20;
struct Tiling {
  long long group;
  bool few;
};

struct Sum {
  bool forward;
  const float* x;
  float* y;
  long long n, real_in, real_out, h, w, oh, ow, top, left;  // top, left: padding before
  long long in, out;                                        // channels with the zeros that fill the last block
  long long blocks() const { return in / kPack; }
  long long panels() const { return out / kPack; }
  long long panel_floats() const { return kPoints * in * kPack; }
};

// Whether transforms cost less than they save, by nanoseconds of one thread for a pair of channels as measured on Zen
// 3. A few tiles do not pay for transformed weights, which are four times as large and are made in every run where they
// are too large to keep; summed directly, weights are read once per image. Wider registers take tiles of any number.
bool pays(const Sum& s) {
  if (kVecLanes > 8) return true;
  const bool kept = s.panels() * s.panel_floats() * 4 <= kPreparedBytes;
  const double tiles = static_cast<double>(Tiles(s.n, s.oh, s.ow).all()), images = static_cast<double>(s.n);
  const double wider = 8.0 / kVecLanes, pixels = images * static_cast<double>(s.oh * s.ow);
  const double transformed = (kept ? 8.0 : 28.0) + 0.9 * wider * tiles;
  const double direct = 0.21 * wider * pixels + (s.n > 1 ? 3.6 * images : 0.0);
  return transformed < direct;
}

bool sum_of(const pf_conv& p, Sum* out) {
  ConvShape s;
  const pf_window& w = p.window;
  if (conv_shape(p, &s) != PF_OK || p.pass == PF_BACKWARD_WEIGHTS) return false;
  const bool forward = p.pass == PF_FORWARD;
  *out = forward ? Sum{true,
                       at<const float>(p.x),
                       at<float>(p.y),
                       s.n,
                       s.c,
                       s.o,
                       s.h,
                       s.w,
                       s.oh,
                       s.ow,
                       w.pad_top,
                       w.pad_left,
                       0,
                       0}
                 : Sum{false, at<const float>(p.dy), at<float>(p.dx), s.n, s.o, s.c, s.oh, s.ow, s.h,
                       s.w,   2 - w.pad_top,         2 - w.pad_left,  0,   0};
  out->in = blocks_of(out->real_in) * kPack;
  out->out = blocks_of(out->real_out) * kPack;
  const Tiles tiles(out->n, out->oh, out->ow);
  return winograd_fits(p, s, tiles, out->oh, out->ow, kLeastTiles) &&
         (p.algorithm == PF_NUMERICS_WINOGRAD || pays(*out));
}

int check(const void* params, Cut* out) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  Sum s;
  if (!sum_of(p, &s)) return PF_UNSUPPORTED;
  const long long all = Tiles(s.n, s.oh, s.ow).all();
  const bool few = all <= kFewTiles && s.in * s.out >= 64 * 64;
  long long group = larger(2 * kTileRows, kGroupBytes / 4 / kPoints / s.in / kTileRows * kTileRows);
  group = smaller(group, 8 * kTileRows);
  while (group > kTileRows && ceil_div(all, group) < 8) group -= kTileRows;
  if (few) group = all;
  const long long pair = kTilePanels * kPack;
  const long long point_bytes = kPoints * 4;
  out->numerics = PF_NUMERICS_WINOGRAD;
  out->keep(Tiling{group, few});
  const long long inputs = lines(point_bytes * point_floats(s.in, group));
  const long long products = lines(point_bytes * point_floats(pair, group));
  const long long weights = lines(s.panels() * s.panel_floats() * 4);
  const double transforming = static_cast<double>(s.in * s.out) * 10;
  // Small weights can be prepared; large ones are transformed from the fewer bytes they have in memory.
  out->prepared = weights <= kPreparedBytes ? weights : 0;
  if (p.prepared != 0 && out->prepared == 0) return PF_UNSUPPORTED;
  if (p.prepare != 0) {
    out->chunks[0] = s.panels();
    out->nanoseconds[0] = transforming;
    return PF_OK;
  }
  const int last = p.prepared != 0 && !few ? 0 : 1;
  out->stages = last + 1;
  out->chunks[0] = few ? s.blocks() : s.panels();
  out->nanoseconds[0] = few ? static_cast<double>(all * s.in) * 10 : transforming;
  out->chunks[last] = few ? ceil_div(s.panels(), kTilePanels) : ceil_div(all, group);
  out->nanoseconds[last] = 2.0 * kPoints * static_cast<double>(all * s.in * s.out) * kNanosecondsPerFlop;
  out->shared = few ? inputs : p.prepared != 0 ? 0 : weights;
  out->scratch = products + (few ? (p.prepared != 0 ? 0 : lines(kTilePanels * s.panel_floats() * 4)) : inputs);
  return PF_OK;
}

// G w G' of one output block, all input blocks.
void transform_weights(const pf_conv& p, const Sum& s, long long panel, float* to) {
  const float* w = at<const float>(p.w);
  const long long out_stride = s.forward ? s.real_in * 9 : 9, in_stride = s.forward ? 9 : s.real_out * 9;
  const long long count = channels_of(panel, s.real_out);
  alignas(64) float run[kPack * 9 * kPack];  // sixteen input channels' taps
  for (long long c = 0; c < s.in; c++) {
    const float* from = w + panel * kPack * out_stride + c * in_stride;
    if (c % kPack == 0 && c + kPack > s.real_in) memset(run, 0, sizeof run);
    if (s.forward && c % kPack == 0) {
      gather_rows(run, from, out_stride, channels_of(c / kPack, s.real_in) * 9, count);
    }
    const float* taps = run + c % kPack * 9 * kPack;
    if (!s.forward) {
      taps = run;
      for (long long o = 0; o < kPack; o++) {
        const bool there = o < count && c < s.real_in;
        for (int tap = 0; tap < 9; tap++) run[(8 - tap) * kPack + o] = there ? from[o * 9 + tap] : 0.0f;
      }
    }
    for (int v = 0; v < kBlockVecs; v++) {
      vec half[3][kWindowSide];
      for (int kw = 0; kw < 3; kw++) {
        vec g[3];
        for (int kh = 0; kh < 3; kh++) g[kh] = load(taps + (kh * 3 + kw) * kPack + v * kVecLanes);
        weight_transform(g, half[kw]);
      }
      for (int r = 0; r < kWindowSide; r++) {
        vec u[kWindowSide];
        const vec g[3] = {half[0][r], half[1][r], half[2][r]};
        weight_transform(g, u);
        for (int i = 0; i < kWindowSide; i++) {
          store(to + ((r * kWindowSide + i) * s.in + c) * kPack + v * kVecLanes, u[i]);
        }
      }
    }
  }
}

// Tiles [first, last) of input block `block`, into a group that begins at `first`.
void transform_tiles(const Sum& s, const Tiles& tiles, long long first, long long last, long long block, float* to) {
  const long long count = last - first, step = point_floats(s.in, count);
  for (long long t = first; t < last; t++) {
    const long long n = t / tiles.per_image(), row = t % tiles.per_image() / tiles.columns, column = t % tiles.columns;
    transform_window(s.x + (n * s.blocks() + block) * s.h * s.w * kPack, s.h, s.w, row * kTileSide - s.top,
                     column * kTileSide - s.left, to + (block * count + (t - first)) * kPack, step);
  }
}

// A' m A of one tile of one output block, with bias, sum and ReLU, cut at the edges.
void untransform(const pf_conv& p, const Sum& s, const float* m, long long step, long long panel, const Tiles& tiles,
                 long long t) {
  const long long n = t / tiles.per_image(), top = t % tiles.per_image() / tiles.columns * kTileSide;
  const long long left = t % tiles.columns * kTileSide;
  const long long rows = smaller(kTileSide, s.oh - top), columns = smaller(kTileSide, s.ow - left);
  const long long offset = (((n * s.panels() + panel) * s.oh + top) * s.ow + left) * kPack;
  float* y = s.y + offset;
  const float* add = p.epilogue.add == 0 ? nullptr : at<const float>(p.epilogue.add) + offset;
  alignas(64) float bias[kPack] = {};
  if (p.epilogue.bias != 0) {
    const float* from = at<const float>(p.epilogue.bias) + panel * kPack;
    memcpy(bias, from, channels_of(panel, s.real_out) * sizeof(float));
  }
  const bool rectify = p.epilogue.activation == PF_RELU;
  for (int v = 0; v < kBlockVecs; v++) {
    vec half[kWindowSide][kTileSide];  // [column][row]
    for (int c = 0; c < kWindowSide; c++) {
      vec d[kWindowSide];
      for (int r = 0; r < kWindowSide; r++) d[r] = load(m + (r * kWindowSide + c) * step + v * kVecLanes);
      output_transform(d, half[c]);
    }
    const vec plus = load(bias + v * kVecLanes);
    for (long long r = 0; r < rows; r++) {
      vec d[kWindowSide], out[kTileSide];
      for (int c = 0; c < kWindowSide; c++) d[c] = half[c][r];
      output_transform(d, out);
      for (long long c = 0; c < columns; c++) {
        vec value = out[c] + plus;
        if (add != nullptr) value += load(add + (r * s.ow + c) * kPack + v * kVecLanes);
        store(y + (r * s.ow + c) * kPack + v * kVecLanes, rectify ? relu_of(value) : value);
      }
    }
  }
}

// The products of tiles [first, last) with `count` output blocks from `panel` on, and the way back.
void multiply(const pf_conv& p, const Sum& s, const Tiles& tiles, long long first, long long last, long long panel,
              int count, const float* inputs, const float* weights, float* products) {
  const long long no_tap = 0, group = last - first;
  const long long in_step = point_floats(s.in, group), out_step = point_floats(kTilePanels * kPack, group);
  Tile t;
  t.a_row = kPack;
  t.a_lane = 1;
  t.a_block = group * kPack;
  t.b_block = kPack * kPack;
  t.blocks = s.blocks();
  t.taps = 1;
  t.lanes = kPack;
  t.last_lanes = channels_of(s.blocks() - 1, s.real_in);
  t.a_tap = t.b_tap = &no_tap;
  t.y_row = kPack;
  const EvenRows cut(group, kTileRows);
  for (int point = 0; point < kPoints; point++) {
    for (long long tile = 0; tile < cut.tiles; tile++) {
      const long long begin = cut.at(tile);
      t.a = inputs + point * in_step + begin * kPack;
      for (int i = 0; i < count; i++) {
        t.b[i] = weights + i * s.panel_floats() + point * s.in * kPack;
        t.y[i] = products + point * out_step + (i * group + begin) * kPack;
      }
      pixel_tile(static_cast<int>(cut.at(tile + 1) - begin), count, kPack, 1)(t);
    }
  }
  for (int i = 0; i < count; i++) {
    for (long long tile = 0; tile < group; tile++) {
      untransform(p, s, products + (i * group + tile) * kPack, out_step, panel + i, tiles, first + tile);
    }
  }
}

void run_chunk(const pf_conv& p, const Sum& s, const Tiling& tiling, int stage, long long chunk, float* scratch) {
  const Tiles tiles(s.n, s.oh, s.ow);
  const bool few = tiling.few, prepared = p.prepared != 0;
  float* shared = at<float>(p.workspace);
  float* weights = prepared ? at<float>(p.prepared) : shared;
  float* rest = scratch + lines(kPoints * 4 * point_floats(kTilePanels * kPack, tiling.group)) / 4;
  if (p.prepare != 0) return transform_weights(p, s, chunk, weights + chunk * s.panel_floats());
  if (stage == 0 && few) return transform_tiles(s, tiles, 0, tiles.all(), chunk, shared);
  if (stage == 0 && !prepared) return transform_weights(p, s, chunk, weights + chunk * s.panel_floats());
  if (few) {
    const long long panel = chunk * kTilePanels;
    const int count = static_cast<int>(smaller(kTilePanels, s.panels() - panel));
    for (int i = 0; i < count && !prepared; i++) transform_weights(p, s, panel + i, rest + i * s.panel_floats());
    const float* own = prepared ? weights + panel * s.panel_floats() : rest;
    return multiply(p, s, tiles, 0, tiles.all(), panel, count, shared, own, scratch);
  }
  const long long first = chunk * tiling.group, last = smaller(tiles.all(), first + tiling.group);
  for (long long block = 0; block < s.blocks(); block++) transform_tiles(s, tiles, first, last, block, rest);
  for (long long panel = 0; panel < s.panels(); panel += kTilePanels) {
    const int count = static_cast<int>(smaller(kTilePanels, s.panels() - panel));
    multiply(p, s, tiles, first, last, panel, count, rest, weights + panel * s.panel_floats(), scratch);
  }
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

extern const Family winograd_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
