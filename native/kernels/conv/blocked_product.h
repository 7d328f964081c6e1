// A chunk of a convolution over channel blocks: what it sums, where that lies, and the register tiles it is cut into.
#pragma once
#include "block_axis.h"
#include "shared/tile.h"
#include "shared/wide.h"

namespace pf {
namespace PF_ISA {

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

static inline bool sum_of(const pf_conv& p, const ConvShape& s, Sum* out) {
  const bool forward = p.pass == PF_FORWARD;
  *out = {forward, forward ? p.x : p.dy, forward ? p.y : p.dx, s.groups, 0, 0, 0, 0, 0, 0, 0, &p.window};
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

// Where packed weights are.
static inline float* packed(const pf_conv& p) { return at<float>(p.prepared != 0 ? p.prepared : p.workspace); }

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
    if (s.lanes == kPack) t_.last_lanes = channels_of(s.blocks() - 1, s.in);
    t_.fetch_a = t_.fetch_y = s.taps() == 1 && s.lanes == kPack;
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
    const EvenRows cut(span.count, most_rows(panel));
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
    const EvenRows cut(last - first, most_rows(panel));
    for (long long column = span.first; column < span.first + span.count; column++) {
      for (long long i = 0; i < cut.tiles; i++) tile(panel, first + cut.at(i), column, cut.at(i + 1) - cut.at(i));
    }
  }

  // Whether the panel is alone in its tile and half empty.
  bool narrow(long long panel) const {
    return panel + 1 == s_.panels() && panel % kTilePanels == 0 && is_narrow(channels_of(panel, s_.out));
  }

  long long most_rows(long long panel) const { return narrow(panel) ? 2 * kTileRows : kTileRows; }

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
    const int rows = static_cast<int>(count);
    const long long a_lane = t_.lanes == 1 ? 0 : t_.a_lane;
    (narrow(panel) ? narrow_pixel_tile(rows, t_.a_row, a_lane) : pixel_tile(rows, panels, t_.a_row, a_lane))(t_);
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

}  // namespace PF_ISA
}  // namespace pf
