// Convolution over channel blocks, forward and data gradient, without columns: register tiles over the input as it lies
// there, or over a padded copy of the rows a chunk needs. The data gradient of stride s is s x s convolutions of stride
// 1, one per phase of the input position. A forward input of fewer than 16 plain channels (the first layer) is one
// block of as many lanes, which are planes then.
//
// Weights are packed first: [output block][input block][tap][input lane][16 output lanes], for the data gradient with
// the two channels exchanged.
#include "block_axis.h"
#include "tile.h"
#include "transpose.h"
#include "wide.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kTileBytes = 384 * 1024;  // of input per chunk, well inside L2
constexpr double kNanosecondsPerFlop = 1.0 / 100.0;
constexpr long long kRunTaps = 64;  // columns of weights transposed at once
enum Tiling { kRows = 0, kTiles = 1, kParts = 2, kFlat = 3, kCopied = 4 };

// The pass seen as a sum: what it reads (source) and what it writes (target).
struct Sum {
  bool forward;
  pf_view source, target;
  long long groups;
  long long in, out;  // channels of a group
  long long lanes;    // of a source block: 16, or all channels of a plain source
  long long h, w, oh, ow;
  const pf_window* window;

  long long blocks() const { return lanes < kPack ? 1 : blocks_of(in); }
  long long panels() const { return blocks_of(out); }
  long long source_floats() const { return lanes * groups * blocks() * h * w; }  // of an image
  long long taps() const { return static_cast<long long>(window->kernel_h) * window->kernel_w; }
  long long panel_floats() const { return blocks() * lanes * taps() * kPack; }
  long long packed_floats() const { return groups * panels() * panel_floats(); }
  Reach rows(long long first, long long last) const {
    return reach_of(forward, first, last, window->kernel_h, window->stride_h, window->dilation_h, window->pad_top);
  }
  Reach columns(long long first, long long last) const {
    return reach_of(forward, first, last, window->kernel_w, window->stride_w, window->dilation_w, window->pad_left);
  }
};

bool sum_of(const pf_conv& p, const ConvShape& s, Sum* out) {
  const bool forward = p.pass == PF_FORWARD;
  *out = {forward, forward ? p.x : p.y, forward ? p.y : p.x, s.groups, 0, 0, 0, 0, 0, 0, 0, &p.window};
  out->in = out->source.dims[1] / s.groups;
  out->out = out->target.dims[1] / s.groups;
  out->h = out->source.dims[2];
  out->w = out->source.dims[3];
  out->oh = out->target.dims[2];
  out->ow = out->target.dims[3];
  out->lanes = is_blocked(out->source) ? kPack : out->in;
  const bool whole = s.groups == 1 || (s.cg % kPack == 0 && s.og % kPack == 0 && is_blocked(out->source));
  return whole && p.pass != PF_BACKWARD_WEIGHTS && is_blocked(out->target) &&
         (is_blocked(out->source) || (forward && out->in < kPack)) && p.window.kernel_h <= kMostTaps &&
         p.window.kernel_w <= kMostTaps;
}

// Floats between two blocks of a padded copy of the rows for outputs [0, rows).
long long copy_floats(const Sum& s, long long rows) {
  const long long height = s.rows(0, rows).size() + 1;  // a data gradient's tile may straddle one row more
  return s.blocks() == 1 ? height * s.columns(0, s.ow).size() * s.lanes
                         : spread(height * s.columns(0, s.ow).size() * s.lanes);
}

int check(const void* params, Layout* out) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape shape;
  Sum s;
  int status = conv_shape(p, &shape);
  if (status != PF_OK) return status;
  if (!sum_of(p, shape, &s)) return PF_UNSUPPORTED;
  const Reach rows = s.rows(0, s.oh), columns = s.columns(0, s.ow);
  const bool padded = rows.low < 0 || rows.high >= s.h || columns.low < 0 || columns.high >= s.w;
  const bool flat = shape.is_pointwise() && s.lanes == kPack;
  out->tiling[kCopied] = padded || s.lanes != kPack;
  out->tiling[kFlat] = flat;
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
  out->tiling[kRows] = tile_rows;
  out->tiling[kTiles] = ceil_div(total, tile_rows);
  out->tiling[kParts] = larger(1, smaller(pairs, ceil_div(8, n * s.groups * tiles)));
  const long long packing = s.groups * s.panels();
  const long long convolving = n * out->tiling[kTiles] * s.groups * out->tiling[kParts];
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
  out->scratch = out->tiling[kCopied] && p.prepare == 0 ? lines(s.blocks() * copy_floats(s, tile_rows) * 4) : 0;
  return PF_OK;
}

// Where packed weights are.
float* packed(const pf_conv& p) { return at<float>(p.prepared != 0 ? p.prepared : p.workspace); }

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

// What a chunk reads: the source itself or its padded copy.
struct Source {
  const float* data;
  long long plane, lane, pixel;  // floats between blocks, lanes of one and pixels
  long long width;               // pixels between rows
  long long top, left;           // position of data[0]
};

// Panels of output channels of one group of one image.
struct Target {
  long long n, group, from, to;
};

// Outputs [first, last) x all columns (or, flat, pixels [first, last)) of a target.
class Product {
 public:
  Product(const pf_conv& p, const Sum& s, const Source& source, const Axis& rows, const Axis& columns,
          const Target& target)
      : p_(p), s_(s), source_(source), rows_(rows), columns_(columns), target_(target) {
    t_.a_lane = source.lane;
    t_.a_block = source.plane;
    t_.b_block = s.taps() * s.lanes * kPack;
    t_.blocks = s.blocks();
    t_.fetch_y = s.taps() == 1;
    if (s.taps() == 1) t_.ahead = 2 * source.plane;
    t_.rectify = p.epilogue.activation == PF_RELU;
    t_.past_caches = s.lanes < kPack && passes_by(s.target);
    bias_ = p.epilogue.bias == 0 ? nullptr : at<const float>(p.epilogue.bias) + target.group * s.out;
    const long long rest = s.out % kPack;
    if (bias_ != nullptr && rest != 0) memcpy(rest_, bias_ + s.out - rest, rest * sizeof(float));
  }

  void run(long long first, long long last) {
    TapSpan spans[kMostTapSpans];
    const bool cuts = s_.taps() > 1 && last - first >= kLeastColumn;
    const int count = cuts ? spans_of(columns_, s_.w, spans) : 1;
    if (!cuts) spans[0] = {0, columns_.count, {0, columns_.taps}};
    for (long long panel = target_.from; panel < target_.to; panel += kTilePanels) {
      for (int i = 0; i < count; i++) {
        take(spans[i].taps);
        count > 1 && spans[i].count < kLeastRow ? down(panel, spans[i], first, last)
                                                : across(panel, spans[i], first, last);
      }
    }
    if (t_.past_caches) passed_by();
  }

 private:
  static constexpr long long kLeastRow = 3;      // columns of a span that are worth a tile along the row
  static constexpr long long kLeastColumn = 12;  // rows that make a tile down a column worth while

  // All taps of the rows, some of the columns. Lanes that are planes count as taps, where they are few.
  void take(Taps columns) {
    const long long lanes = source_.lane != 1 && s_.taps() * s_.lanes <= kMostOffsets ? s_.lanes : 1;
    t_.lanes = s_.lanes / lanes;
    row_taps_ = (columns.to - columns.from) * lanes;
    int tap = 0;
    for (int i = 0; i < rows_.taps; i++) {
      for (int j = columns.from; j < columns.to; j++) {
        const long long from = (rows_.offset[i] * source_.width + columns_.offset[j]) * source_.pixel;
        const long long weights = static_cast<long long>(rows_.tap[i]) * p_.window.kernel_w + columns_.tap[j];
        for (long long lane = 0; lane < lanes; lane++, tap++) {
          a_tap_[tap] = from + lane * source_.lane;
          b_tap_[tap] = (weights * s_.lanes + lane) * kPack;
        }
      }
    }
  }

  void use(Taps rows) {
    t_.a_tap = a_tap_ + rows.from * row_taps_;
    t_.b_tap = b_tap_ + rows.from * row_taps_;
    t_.taps = (rows.to - rows.from) * row_taps_;
  }

  // Tiles along every row. Taps of rows in the padding add nothing.
  void across(long long panel, const TapSpan& span, long long first, long long last) {
    t_.a_row = columns_.base_step * source_.pixel;
    t_.y_row = columns_.step * kPack;
    const Cut cut(span.count, kTileRows);
    for (long long j = first; j < last; j++) {
      use(taps_inside(rows_, j, s_.h));
      for (long long i = 0; i < cut.tiles; i++) tile(panel, j, span.first + cut.at(i), cut.at(i + 1) - cut.at(i));
    }
  }

  // Tiles down every column.
  void down(long long panel, const TapSpan& span, long long first, long long last) {
    t_.a_row = rows_.base_step * source_.width * source_.pixel;
    t_.y_row = rows_.step * s_.ow * kPack;
    use({0, rows_.taps});
    const Cut cut(last - first, kTileRows);
    for (long long column = span.first; column < span.first + span.count; column++) {
      for (long long i = 0; i < cut.tiles; i++) tile(panel, first + cut.at(i), column, cut.at(i + 1) - cut.at(i));
    }
  }

  // The tile of `count` pixels that begins at row j and column i.
  void tile(long long panel, long long j, long long i, long long count) {
    const long long row = rows_.base + j * rows_.base_step - source_.top;
    t_.a = source_.data + (row * source_.width + columns_.base + i * columns_.base_step - source_.left) * source_.pixel;
    const long long pixel = (rows_.first + j * rows_.step) * s_.ow + columns_.first + i * columns_.step;
    const long long before = target_.group * s_.panels();
    const int panels = static_cast<int>(smaller(kTilePanels, target_.to - panel));
    float* y = at<float>(s_.target);
    const float* add = at<const float>(p_.epilogue.add);
    for (int k = 0; k < panels; k++) {
      const bool partial = s_.out % kPack != 0 && panel + k == s_.panels() - 1;
      t_.b[k] = packed(p_) + (before + panel + k) * s_.panel_floats();
      t_.bias[k] = bias_ == nullptr ? nullptr : partial ? rest_ : bias_ + (panel + k) * kPack;
      const long long plane = target_.n * s_.groups * s_.panels() + before + panel + k;
      const long long offset = (plane * s_.oh * s_.ow + pixel) * kPack;
      t_.y[k] = y + offset;
      t_.add[k] = add == nullptr ? nullptr : add + offset;
    }
    pixel_tile(static_cast<int>(count), panels, t_.a_row, t_.lanes == 1 ? 0 : t_.a_lane)(t_);
  }

  const pf_conv& p_;
  const Sum& s_;
  const Source source_;
  const Axis &rows_, &columns_;
  const Target& target_;
  Tile t_;
  const float* bias_;
  alignas(64) float rest_[kPack] = {};  // the last panel's bias, where channels do not fill it
  static constexpr long long kMostOffsets = kMostTaps * kMostTaps;
  long long row_taps_ = 0;
  long long a_tap_[kMostOffsets], b_tap_[kMostOffsets];
};

Source source_of(const Sum& s, const Layout& l, const Target& target, long long first, long long last, float* scratch) {
  const float* x =
      at<const float>(s.source) + target.n * s.source_floats() + target.group * s.blocks() * s.lanes * s.h * s.w;
  if (!l.tiling[kCopied]) return {x, s.h * s.w * kPack, 1, kPack, s.w, 0, 0};
  const Reach rows = s.rows(first, last), columns = s.columns(0, s.ow);
  if (s.lanes != kPack) {
    const long long plane = rows.size() * columns.size();
    for (long long c = 0; c < s.in; c++) {
      copy_padded<1>(scratch + c * plane, x + c * s.h * s.w, s.h, s.w, rows, columns);
    }
    return {scratch, 0, plane, 1, columns.size(), rows.low, columns.low};
  }
  const Source copy{scratch, copy_floats(s, l.tiling[kRows]), 1, kPack, columns.size(), rows.low, columns.low};
  for (long long block = 0; block < s.blocks(); block++) {
    copy_padded<kPack>(scratch + block * copy.plane, x + block * s.h * s.w * kPack, s.h, s.w, rows, columns);
  }
  return copy;
}

void convolve(const pf_conv& p, const Sum& s, const Layout& l, long long chunk, float* scratch) {
  const long long parts = l.tiling[kParts], tiles = l.tiling[kTiles];
  const long long part = chunk % parts, group = chunk / parts % s.groups;
  const long long tile = chunk / parts / s.groups % tiles, n = chunk / parts / s.groups / tiles;
  const long long pairs = ceil_div(s.panels(), kTilePanels);
  const Target target{n, group, pairs * part / parts * kTilePanels,
                      smaller(s.panels(), pairs * (part + 1) / parts * kTilePanels)};
  const long long first = tile * l.tiling[kRows];
  if (l.tiling[kFlat]) {
    const long long count = smaller(l.tiling[kRows], s.oh * s.ow - first);
    const float* x = at<const float>(s.source) + n * s.source_floats() + group * s.blocks() * kPack * s.h * s.w;
    const Source source{x, s.h * s.w * kPack, 1, kPack, s.w, 0, 0};
    const Axis row = forward_axis(1, 1, 1, 1, 0);
    Axis pixels = forward_axis(count, 1, 1, 1, 0);
    pixels.first = pixels.base = first;
    return Product(p, s, source, row, pixels, target).run(0, 1);
  }
  const long long last = smaller(first + l.tiling[kRows], s.oh);
  const Source source = source_of(s, l, target, first, last, scratch);
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

int run(const void* params, const Layout& layout, int stage, long long first, long long last, char* scratch) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape shape;
  Sum s;
  if (conv_shape(p, &shape) != PF_OK || !sum_of(p, shape, &s)) return PF_INVALID;
  for (long long chunk = first; chunk < last; chunk++) {
    const bool packs = p.prepared != 0 ? p.prepare != 0 : stage == 0;
    packs ? pack(p, s, chunk) : convolve(p, s, layout, chunk, reinterpret_cast<float*>(scratch));
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family blocked_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
