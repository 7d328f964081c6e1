// Convolution over channel blocks, forward and data gradient, without columns: register tiles over the input as it lies
// there, or over a padded copy of the rows a chunk needs. The data gradient of stride s is s x s convolutions of stride
// 1, one per phase of the input position. A forward input of fewer than 16 plain channels (the first layer) is one
// block of as many lanes, which are planes then.
//
// Weights are packed first: [output block][input block][tap][input lane][16 output lanes], for the data gradient with
// the two channels exchanged.
#include "algorithms.h"
#include "blocked_product.h"
#include "shared/transpose.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kTileBytes = 384 * 1024;  // of input per chunk, well inside L2
constexpr double kNanosecondsPerFlop = 1.0 / 100.0;
constexpr long long kRunTaps = 64;  // columns of weights transposed at once
struct Tiling {
  long long rows, tiles, parts;
  bool flat, copied;
};

// Floats between two blocks of a padded copy of the rows for outputs [0, rows).
long long copy_floats(const Sum& s, long long rows) {
  const long long height = s.rows(0, rows).size() + 1;  // a data gradient's tile may straddle one row more
  return s.blocks() == 1 ? height * s.columns(0, s.ow).size() * s.lanes
                         : spread(height * s.columns(0, s.ow).size() * s.lanes);
}

int check(const void* params, Cut* out) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape shape;
  Sum s;
  int status = conv_shape(p, &shape);
  if (status != PF_OK) return status;
  if (!sum_of(p, shape, &s) || !may_be(p.algorithm, PF_NUMERICS_BLOCKED)) return PF_UNSUPPORTED;
  const Reach rows = s.rows(0, s.oh), columns = s.columns(0, s.ow);
  const bool padded = rows.low < 0 || rows.high >= s.h || columns.low < 0 || columns.high >= s.w;
  const bool flat = shape.is_pointwise() && s.lanes == kPack;
  Tiling tiling;
  tiling.copied = padded || s.lanes != kPack;
  tiling.flat = flat;
  long long tile_rows;
  if (flat) {
    tile_rows = larger(kTileRows, smaller(s.oh * s.ow, kTileBytes / 4 / (s.blocks() * kPack) / kTileRows * kTileRows));
  } else {
    tile_rows = s.oh;
    while (tile_rows > 1 && s.blocks() * copy_floats(s, tile_rows) * 4 > kTileBytes) tile_rows = ceil_div(tile_rows, 2);
  }
  const long long total = flat ? s.oh * s.ow : s.oh, n = s.target.dims[0];
  while (n * s.groups * ceil_div(total, tile_rows) < 8 && tile_rows > (flat ? 2 * kTileRows : 2)) {
    tile_rows = flat ? ceil_div(ceil_div(tile_rows, 2), kTileRows) * kTileRows : ceil_div(tile_rows, 2);
  }
  const long long pairs = ceil_div(s.panels(), kTilePanels), tiles = ceil_div(total, tile_rows);
  tile_rows = flat ? ceil_div(ceil_div(total, tiles), kTileRows) * kTileRows : ceil_div(total, tiles);
  out->numerics = PF_NUMERICS_BLOCKED;
  tiling.rows = tile_rows;
  tiling.tiles = ceil_div(total, tile_rows);
  tiling.parts = larger(1, smaller(pairs, ceil_div(8, n * s.groups * tiles)));
  out->keep(tiling);
  const long long packing = s.groups * s.panels();
  const long long convolving = n * tiling.tiles * s.groups * tiling.parts;
  const double packing_time = static_cast<double>(s.packed_floats()) * 0.3;
  const double convolving_time =
      2.0 * static_cast<double>(shape.n * shape.o * shape.oh * shape.ow * shape.k()) * kNanosecondsPerFlop;
  out->prepared = lines(s.packed_floats() * 4);
  out->stages = p.prepared != 0 ? 1 : 2;
  out->chunks[0] = p.prepared != 0 && p.prepare == 0 ? convolving : packing;
  out->nanoseconds[0] = p.prepared != 0 && p.prepare == 0 ? convolving_time : packing_time;
  out->chunks[1] = convolving;
  out->nanoseconds[1] = convolving_time;
  out->shared = p.prepared != 0 ? 0 : out->prepared;
  out->scratch = tiling.copied && p.prepare == 0 ? lines(s.blocks() * copy_floats(s, tile_rows) * 4) : 0;
  return PF_OK;
}

// One panel of sixteen output channels. Forward, sixteen rows of the weights are columns of the panel; for the data
// gradient, sixteen neighbours of a row are. Zeros stand for channels that are not there.
void pack(const pf_conv& p, const Sum& s, long long panel) {
  const long long taps = s.taps(), lanes = s.lanes, cell = taps * lanes * kPack;
  const long long group = panel / s.panels(), local = panel % s.panels(), outs = channels_of(local, s.out);
  float* to = packed(p) + panel * s.panel_floats();
  const float* w = at<const float>(p.w) + group * s.in * s.out * taps;
  for (long long block = 0; block < s.blocks(); block++, to += cell) {
    const long long ins = smaller(lanes, s.in - block * lanes);
    if (ins < lanes) memset(to, 0, cell * sizeof(float));
    if (s.forward) {
      const float* from = w + (local * kPack * s.in + block * lanes) * taps;
      for (long long first = 0; first < ins * taps; first += kRunTaps) {
        alignas(64) float columns[kRunTaps * kPack];
        const long long count = smaller(kRunTaps, ins * taps - first);
        gather_rows(columns, from + first, s.in * taps, count, outs);
        for (long long i = 0; i < count; i++) {
          const long long l = (first + i) / taps, tap = (first + i) % taps;
          keep(to + (tap * lanes + l) * kPack, wide(columns + i * kPack));
        }
      }
    } else {
      for (long long l = 0; l < ins; l++) {
        const float* from = w + ((block * lanes + l) * s.out + local * kPack) * taps;
        for (long long tap = 0; tap < taps; tap++) {
          float* line = to + (tap * lanes + l) * kPack;
          for (long long o = 0; o < kPack; o++) line[o] = o < outs ? from[o * taps + tap] : 0.0f;
        }
      }
    }
  }
}

Source source_of(const Sum& s, const Tiling& tiling, const Target& target, long long first, long long last,
                 float* scratch) {
  const float* x =
      at<const float>(s.source) + target.n * s.source_floats() + target.group * s.blocks() * s.lanes * s.h * s.w;
  if (!tiling.copied) return {x, s.h * s.w * kPack, 1, kPack, s.w, 0, 0};
  const Reach rows = s.rows(first, last), columns = s.columns(0, s.ow);
  if (s.lanes != kPack) {
    const long long plane = rows.size() * columns.size();
    for (long long c = 0; c < s.in; c++) {
      copy_padded<1>(scratch + c * plane, x + c * s.h * s.w, s.h, s.w, rows, columns);
    }
    return {scratch, 0, plane, 1, columns.size(), rows.low, columns.low};
  }
  const Source copy{scratch, copy_floats(s, tiling.rows), 1, kPack, columns.size(), rows.low, columns.low};
  for (long long block = 0; block < s.blocks(); block++) {
    copy_padded<kPack>(scratch + block * copy.plane, x + block * s.h * s.w * kPack, s.h, s.w, rows, columns);
  }
  return copy;
}

void convolve(const pf_conv& p, const Sum& s, const Tiling& tiling, long long chunk, float* scratch) {
  const long long parts = tiling.parts, tiles = tiling.tiles;
  const long long part = chunk % parts, group = chunk / parts % s.groups;
  const long long tile = chunk / parts / s.groups % tiles, n = chunk / parts / s.groups / tiles;
  const long long pairs = ceil_div(s.panels(), kTilePanels);
  const Target target{n, group, pairs * part / parts * kTilePanels,
                      smaller(s.panels(), pairs * (part + 1) / parts * kTilePanels)};
  const long long first = tile * tiling.rows;
  if (tiling.flat) {
    const long long count = smaller(tiling.rows, s.oh * s.ow - first);
    const float* x = at<const float>(s.source) + n * s.source_floats() + group * s.blocks() * kPack * s.h * s.w;
    const Source source{x, s.h * s.w * kPack, 1, kPack, s.w, 0, 0};
    const Axis row = forward_axis(1, 1, 1, 1, 0);
    Axis pixels = forward_axis(count, 1, 1, 1, 0);
    pixels.first = pixels.base = first;
    return Product(p, s, source, row, pixels, target).run(0, 1);
  }
  const long long last = smaller(first + tiling.rows, s.oh);
  const Source source = source_of(s, tiling, target, first, last, scratch);
  const pf_window& w = p.window;
  if (s.forward) {
    const Axis rows = forward_axis(s.oh, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top);
    const Axis columns = forward_axis(s.ow, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left);
    return Product(p, s, source, rows, columns, target).run(first, last);
  }
  for (int ph = 0; ph < w.stride_h; ph++) {
    const Axis rows = data_axis(s.oh, w.kernel_h, w.stride_h, w.dilation_h, w.pad_top, ph);
    const long long begin = first <= rows.first ? 0 : ceil_div(first - rows.first, rows.step);
    const long long end = last <= rows.first ? 0 : smaller(rows.count, ceil_div(last - rows.first, rows.step));
    for (int pw = 0; pw < w.stride_w; pw++) {
      const Axis columns = data_axis(s.ow, w.kernel_w, w.stride_w, w.dilation_w, w.pad_left, pw);
      if (columns.count > 0) Product(p, s, source, rows, columns, target).run(begin, end);
    }
  }
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char* scratch) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape shape;
  Sum s;
  if (conv_shape(p, &shape) != PF_OK || !sum_of(p, shape, &s)) return PF_INVALID;
  for (long long chunk = first; chunk < last; chunk++) {
    const bool packs = p.prepared != 0 ? p.prepare != 0 : stage == 0;
    packs ? pack(p, s, chunk) : convolve(p, s, tiling, chunk, reinterpret_cast<float*>(scratch));
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family blocked_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
