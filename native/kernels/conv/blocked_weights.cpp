// The gradient of the weights over channel blocks: for every tap, input channels by output channels, summed over
// pixels in registers. Fixed slices of the images and row tiles keep sums of their own, merged in slice order.
//
// Partial sums: [slice][output block][input block][tap][input lane][16 output lanes].
#include "algorithms.h"
#include "block_axis.h"
#include "shared/tile.h"
#include "shared/transpose.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kTileBytes = 384 * 1024;  // of x and dy per unit, well inside L2
constexpr long long kGroupPixels = 128;       // output pixels of the images of a unit, where one alone has fewer
constexpr int kMostImages = 16;
constexpr long long kSweepPixels = 128;  // output pixels between two visits of the sums: x and dy stay in L1
constexpr double kNanosecondsPerFlop = 1.0 / 90.0;
struct Tiling {
  long long rows, tiles, slices, images, out_parts, in_parts;
  bool copied, flat;
};

struct Sum {
  ConvShape s;
  long long lanes;  // of an x block: 16, or all channels of a plain x
  const pf_window* window;

  long long blocks() const { return lanes < kPack ? 1 : blocks_of(s.cg); }  // of a group
  long long panels() const { return s.groups * group_panels(); }            // of all groups
  long long group_panels() const { return blocks_of(s.og); }
  long long image_floats() const { return lanes < kPack ? s.c * s.h * s.w : blocks_of(s.c) * kPack * s.h * s.w; }
  long long all() const { return panels() * blocks() * cell(); }
  long long cell() const { return s.taps * lanes * kPack; }  // floats of one pair of blocks
  Reach rows(long long first, long long last) const {
    return reach_of(true, first, last, window->kernel_h, window->stride_h, window->dilation_h, window->pad_top);
  }
  Reach columns() const {
    return reach_of(true, 0, s.ow, window->kernel_w, window->stride_w, window->dilation_w, window->pad_left);
  }
};

bool sum_of(const pf_conv& p, Sum* out) {
  if (conv_shape(p, &out->s) != PF_OK) return false;
  out->lanes = is_blocked(p.x) ? kPack : out->s.c;
  out->window = &p.window;
  const bool whole = out->s.groups == 1 || (out->s.cg % kPack == 0 && out->s.og % kPack == 0 && is_blocked(p.x));
  return whole && p.pass == PF_BACKWARD_WEIGHTS && is_blocked(p.dy) && (is_blocked(p.x) || out->lanes < kPack);
}

// A 1x1 kernel of a stride: the pixels it meets are gathered side by side.
bool gathers(const Sum& m) {
  const Reach rows = m.rows(0, m.s.oh), columns = m.columns();
  const bool inside = rows.low >= 0 && rows.high < m.s.h && columns.low >= 0 && columns.high < m.s.w;
  return m.s.taps == 1 && !m.s.is_pointwise() && m.lanes == kPack && inside;
}

long long copy_floats(const Sum& m, long long rows) {
  if (gathers(m)) return spread(rows * m.s.ow * kPack);
  const long long floats = m.rows(0, rows).size() * m.columns().size() * m.lanes;
  return m.blocks() == 1 ? floats : spread(floats);
}

int check(const void* params, Cut* out) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  Sum m;
  int status = conv_shape(p, &m.s);
  if (status != PF_OK) return status;
  if (!sum_of(p, &m) || !may_be(p.algorithm, PF_NUMERICS_BLOCKED)) return PF_UNSUPPORTED;
  const ConvShape& s = m.s;
  const Reach rows = m.rows(0, s.oh), columns = m.columns();
  const bool padded = rows.low < 0 || rows.high >= s.h || columns.low < 0 || columns.high >= s.w;
  Tiling tiling;
  tiling.flat = s.is_pointwise() || gathers(m);
  tiling.copied = padded || m.lanes != kPack || gathers(m);
  const long long bytes = m.all() * 4;
  const long long wanted = bytes <= (256 << 10) ? 16 : bytes <= (1 << 20) ? 8 : bytes <= (2 << 20) ? 4 : 1;
  long long tile_rows = s.oh;
  while (tile_rows > 1 &&
         (m.blocks() * copy_floats(m, tile_rows) + m.group_panels() * kPack * tile_rows * s.ow) * 4 > kTileBytes) {
    tile_rows = ceil_div(tile_rows, 2);
  }
  while (tile_rows > 2 && s.n * ceil_div(s.oh, tile_rows) < wanted) tile_rows = ceil_div(tile_rows, 2);
  const long long tiles = ceil_div(s.oh, tile_rows);
  const long long images =
      tiles > 1 ? 1 : larger(1, smaller(smaller(kMostImages, s.n / wanted), kGroupPixels / (s.oh * s.ow)));
  const long long slices = smaller(wanted, ceil_div(s.n, images) * tiles);
  const long long out_parts = smaller(ceil_div(m.group_panels(), kTilePanels), ceil_div(8, slices * s.groups));
  out->numerics = PF_NUMERICS_BLOCKED;
  tiling.rows = tile_rows;
  tiling.tiles = tiles;
  tiling.images = images;
  tiling.slices = slices;
  tiling.out_parts = out_parts;
  tiling.in_parts = smaller(m.blocks(), ceil_div(8, slices * out_parts * s.groups));
  out->keep(tiling);
  out->stages = 2;
  out->chunks[0] = slices * out_parts * tiling.in_parts * s.groups;
  out->chunks[1] = m.panels();
  out->nanoseconds[0] = 2.0 * static_cast<double>(s.n * s.o * s.oh * s.ow * s.k()) * kNanosecondsPerFlop;
  out->nanoseconds[1] = static_cast<double>(s.o * s.k() * slices) * 0.3;
  out->shared = lines(slices * bytes);
  out->scratch = tiling.copied ? lines(images * m.blocks() * copy_floats(m, tile_rows) * 4) : 0;
  return PF_OK;
}

// x as a unit reads it: in place or copied. Floats between planes and images, pixels between rows.
struct Source {
  const float* data;
  long long plane, width, image;
};

struct Part {
  long long from, to;  // of blocks, panels or rows
};

// Output rows [from, to) of `count` rows whose input row for the kernel's row kh lies inside; `first` is the first's
// place.
Part rows_inside(const Sum& m, long long kh, long long first, long long count) {
  const pf_window& w = *m.window;
  const long long at = kh * w.dilation_h - w.pad_top, stride = w.stride_h;
  const long long from = at >= 0 ? 0 : ceil_div(-at, stride), to = m.s.h > at ? (m.s.h - 1 - at) / stride + 1 : 0;
  const long long begin = larger(0, from - first), end = smaller(count, to - first);
  return {begin, larger(begin, end)};
}

// Adds what output rows [0, rows) of `images` images at dy, of width `ow`, give to the sums of one pair of blocks. The
// rows begin at `first` of the image; those whose input lies in the padding are left out.
void add_pair(const Sum& m, const Source& x, long long block, const float* dy, long long panel, int panels,
              long long images, long long plane, long long first, long long rows, long long ow, float* sums,
              bool fresh) {
  const pf_window& w = *m.window;
  long long x_image[kMostImages], dy_image[kMostImages];
  for (long long i = 0; i < images; i++) {
    x_image[i] = i * x.image;
    dy_image[i] = i * m.panels() * plane;
  }
  Tile t;
  t.a_row = 1;
  t.a_lane = gathers(m) ? kPack : w.stride_w * m.lanes;
  t.a_block = w.stride_h * x.width * m.lanes;
  t.b_block = ow * kPack;
  t.taps = images;
  t.a_tap = x_image;
  t.b_tap = dy_image;
  t.lanes = ow;
  t.y_row = kPack;
  const long long real = m.s.groups > 1 ? kPack : channels_of(panel, m.s.o);
  const bool narrow = panels == 1 && is_narrow(real);
  // Of interleaved channels the taps of a row are neighbours, in x as in the sums: they are rows too.
  const long long across = m.lanes < kPack && w.dilation_w == 1 ? w.kernel_w : 1;
  const EvenRows cut(across * smaller(m.lanes, m.s.cg - block * m.lanes), (narrow ? 2 : 1) * kChannelRows);
  const long long sweep = larger(1, kSweepPixels / ow);
  for (long long begin = 0; begin < rows; begin += sweep) {
    const long long end = smaller(rows, begin + sweep);
    t.accumulate = !fresh || begin > 0;
    for (long long tap = 0; tap < m.s.taps; tap += across) {
      const long long kh = tap / w.kernel_w, kw = tap % w.kernel_w;
      const Part inside = m.s.taps == 1 ? Part{begin, end} : rows_inside(m, kh, first, end);
      const long long row = larger(begin, inside.from);
      t.blocks = larger(0, smaller(end, inside.to) - row);
      if (t.blocks == 0 && t.accumulate) continue;
      const float* a =
          x.data + block * x.plane + ((row * w.stride_h + kh * w.dilation_h) * x.width + kw * w.dilation_w) * m.lanes;
      for (long long tile = 0; tile < cut.tiles; tile++) {
        const long long lane = cut.at(tile);
        t.a = a + lane;
        for (int i = 0; i < panels; i++) {
          t.b[i] = dy + (panel + i) * plane + row * ow * kPack;
          t.y[i] = sums + ((panel + i) * m.blocks() + block) * m.cell() + (tap * m.lanes + lane) * kPack;
        }
        const int count = static_cast<int>(cut.at(tile + 1) - lane);
        (narrow ? narrow_channel_tile(count, t.a_lane) : channel_tile(count, panels, t.a_lane))(t);
      }
    }
  }
}

// x of images [first image, + images), output rows [first, first + rows): in place, or copied for the blocks of `in`.
Source source_of(const pf_conv& p, const Sum& m, const Tiling& tiling, long long group, long long image,
                 long long images, long long first, long long rows, Part in, float* scratch) {
  const ConvShape& s = m.s;
  const float* x = at<const float>(p.x) + image * m.image_floats() + group * m.blocks() * kPack * s.h * s.w;
  const Reach reach = m.rows(first, first + rows);
  if (!tiling.copied) {
    return {x + (reach.low * s.w - p.window.pad_left) * m.lanes, s.h * s.w * kPack, s.w, m.image_floats()};
  }
  const long long plane = copy_floats(m, tiling.rows);
  const Source copy{scratch, plane, m.columns().size(), m.blocks() * plane};
  for (long long i = 0; i < images; i++, x += m.image_floats()) {
    float* to = scratch + i * copy.image;
    if (m.lanes != kPack) {
      copy_interleaved(to, x, s.c, s.h, s.w, reach, m.columns());
      continue;
    }
    for (long long block = in.from; block < in.to && gathers(m); block++) {
      const float* from = x + (block * s.h * s.w + reach.low * s.w - p.window.pad_left) * kPack;
      for (long long row = 0; row < rows; row++, from += p.window.stride_h * s.w * kPack) {
        float* line = to + block * plane + row * s.ow * kPack;
        for (long long ow = 0; ow < s.ow; ow++) keep(line + ow * kPack, wide(from + ow * p.window.stride_w * kPack));
      }
    }
    for (long long block = in.from; block < in.to && !gathers(m); block++) {
      copy_padded<kPack>(to + block * plane, x + block * s.h * s.w * kPack, s.h, s.w, reach, m.columns());
    }
  }
  return copy;
}

void add_unit(const pf_conv& p, const Sum& m, const Tiling& tiling, long long group, long long unit, Part in, Part out,
              float* sums, bool fresh, float* scratch) {
  const ConvShape& s = m.s;
  const long long image = unit / tiling.tiles * tiling.images;
  const long long images = smaller(tiling.images, s.n - image);
  const long long first = unit % tiling.tiles * tiling.rows;
  const long long rows = smaller(tiling.rows, s.oh - first), plane = s.oh * s.ow * kPack;
  const Source x = source_of(p, m, tiling, group, image, images, first, rows, in, scratch);
  const float* dy = at<const float>(p.dy) + image * m.panels() * plane + first * s.ow * kPack;
  const bool flat = tiling.flat;
  for (long long panel = out.from; panel < out.to; panel += kTilePanels) {
    const int panels = static_cast<int>(smaller(kTilePanels, out.to - panel));
    for (long long block = in.from; block < in.to; block++) {
      add_pair(m, x, block, dy, panel, panels, images, plane, first, flat ? 1 : rows, flat ? rows * s.ow : s.ow, sums,
               fresh);
    }
  }
}

void slice(const pf_conv& p, const Sum& m, const Tiling& tiling, long long chunk, float* scratch) {
  const long long out_parts = tiling.out_parts, in_parts = tiling.in_parts, slices = tiling.slices;
  const long long out_part = chunk % out_parts, in_part = chunk / out_parts % in_parts;
  const long long group = chunk / out_parts / in_parts % m.s.groups, slice = chunk / out_parts / in_parts / m.s.groups;
  const long long pairs = ceil_div(m.group_panels(), kTilePanels), before = group * m.group_panels();
  const Part out{before + pairs * out_part / out_parts * kTilePanels,
                 before + smaller(m.group_panels(), pairs * (out_part + 1) / out_parts * kTilePanels)};
  const Part in{m.blocks() * in_part / in_parts, m.blocks() * (in_part + 1) / in_parts};
  float* sums = at<float>(p.workspace) + slice * m.all();
  const long long units = ceil_div(m.s.n, tiling.images) * tiling.tiles;
  for (long long unit = units * slice / slices; unit < units * (slice + 1) / slices; unit++) {
    add_unit(p, m, tiling, group, unit, in, out, sums, unit == units * slice / slices, scratch);
  }
}

Wide added(const float* from, long long step, long long slices) {
  Wide total = wide(from);
  for (long long slice = 1; slice < slices; slice++) total += wide(from + slice * step);
  return total;
}

// Sixteen output channels: slices added, lanes back to rows of the weights.
void merge(const pf_conv& p, const Sum& m, const Tiling& tiling, long long panel) {
  const long long k = m.s.k(), taps = m.s.taps;
  const float* sums = at<const float>(p.workspace) + panel * m.blocks() * m.cell();
  float* dw = at<float>(p.dw) + panel * kPack * k;
  const long long rows = m.s.groups > 1 ? kPack : channels_of(panel, m.s.o);
  for (long long block = 0; block < m.blocks(); block++) {
    const long long lanes = smaller(m.lanes, m.s.cg - block * m.lanes);
    const float* from = sums + block * m.cell();
    float* to = dw + block * m.lanes * taps;
    // The columns stay in registers: a load of a sum whose address ends like that of a store before it waits for it.
    long long lane = 0, tap = 0;
    for (long long first = 0; first < lanes * taps; first += 16) {
      Wide columns[16];
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) {
        columns[i] = Wide{};
        if (first + i < lanes * taps) {
          columns[i] = added(from + (tap * m.lanes + lane) * kPack, m.all(), tiling.slices);
          if (++tap == taps) tap = 0, lane++;
        }
      }
      scatter(to + first, k, columns, smaller(16, lanes * taps - first), rows);
    }
  }
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char* scratch) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  Sum m;
  if (!sum_of(p, &m)) return PF_INVALID;
  for (long long chunk = first; chunk < last; chunk++) {
    stage == 0 ? slice(p, m, tiling, chunk, reinterpret_cast<float*>(scratch)) : merge(p, m, tiling, chunk);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family blocked_weights_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
