// Direct convolution of stride 1 in float32: no columns. A chunk copies the input rows it needs, with their padding,
// into its scratch; there the windows of consecutive output positions, counted along padded rows, are consecutive
// floats for every tap. A block of output channels times a few vectors of positions stays in registers while all
// channels and taps pass. Positions that fall into the padding are computed and not stored.
//
// Weights are packed first: [channel block][input channel][tap][kOut]. The data gradient is the same with turned
// weights and swapped channels, packed from the weights as they are.
#include "algorithms.h"
#include "conv_shape.h"
#include "conv_turn.h"
#include "shared/kernel.h"
#include "shared/vector.h"

namespace pf {
namespace PF_ISA {
namespace {

#if defined(__AVX512F__)
constexpr int kOut = 8;  // output channels in registers: 8 x 3 sums, 3 inputs, 1 weight
#else
constexpr int kOut = 4;
#endif
constexpr int kVecs = 3;
constexpr long long kTileBytes = 384 * 1024;  // of padded input per chunk, well inside L2
constexpr double kNanosecondsPerFlop = 1.0 / 100.0;
constexpr double kMostWaste = 1.2;  // work per useful work, above which columns and OpenBLAS are faster
struct Tiling {
  long long rows, tiles;
};

long long padded_width(const pf_conv& p, const ConvShape& s) {
  return s.ow + p.window.dilation_w * (p.window.kernel_w - 1);
}

long long padded_rows(const pf_conv& p, long long rows) { return rows + p.window.dilation_h * (p.window.kernel_h - 1); }

// Floats between two channels' planes in the scratch: an odd number of cache lines, so that they spread over the sets.
long long plane_floats(const pf_conv& p, const ConvShape& s, long long rows) {
  const long long cache_lines = ceil_div(padded_rows(p, rows) * padded_width(p, s), 16);
  return 16 * (cache_lines | 1);
}

// What the pass computes as a forward convolution: itself, or the turned one.
bool as_forward(const pf_conv& p, pf_conv* q, ConvShape* s) {
  if (p.pass == PF_BACKWARD_WEIGHTS || image_of(p).dtype != PF_FLOAT32 || p.groups != 1) return false;
  if (is_blocked(image_of(p)) || is_blocked(result_of(p)) || !may_be(p.algorithm, PF_NUMERICS_DIRECT)) return false;
  if (p.window.stride_h != 1 || p.window.stride_w != 1) return false;
  *q = p;
  if (p.pass == PF_BACKWARD_DATA && !turn(p, q)) return false;
  return conv_shape(*q, s) == PF_OK && s->taps > 1 && s->cg >= 8 && s->og >= 8;
}

int check(const void* params, Cut* out) {
  pf_conv p;
  ConvShape s;
  if (!as_forward(*static_cast<const pf_conv*>(params), &p, &s)) return PF_UNSUPPORTED;
  const double columns = static_cast<double>(padded_width(p, s)) / static_cast<double>(s.ow);
  const double channels = static_cast<double>(ceil_div(s.o, kOut) * kOut) / static_cast<double>(s.o);
  if (p.algorithm != PF_NUMERICS_DIRECT && columns * channels > kMostWaste) return PF_UNSUPPORTED;
  long long rows = s.oh;
  while (rows > 1 && s.c * plane_floats(p, s, rows) * 4 > kTileBytes) rows = ceil_div(rows, 2);
  while (rows > 1 && s.n * ceil_div(s.oh, rows) < 8) rows = ceil_div(rows, 2);
  out->numerics = PF_NUMERICS_DIRECT;
  const Tiling tiling{rows, ceil_div(s.oh, rows)};
  out->keep(tiling);
  out->stages = 2;
  out->chunks[0] = ceil_div(s.o, kOut);
  out->chunks[1] = s.n * tiling.tiles;
  out->nanoseconds[0] = static_cast<double>(s.o * s.k()) * 0.5;
  out->nanoseconds[1] = 2.0 * static_cast<double>(s.n * s.o * s.oh * s.ow * s.k()) * kNanosecondsPerFlop;
  out->shared = lines(ceil_div(s.o, kOut) * kOut * s.k() * 4);
  out->scratch = lines((s.c * plane_floats(p, s, rows) + 2 * kVecs * kVecLanes) * 4);
  return PF_OK;
}

// One block of kOut output channels, from the weights as the caller has them.
void pack(const pf_conv& p, const ConvShape& s, bool turned, const float* w, long long block) {
  float* to = at<float>(p.workspace) + block * kOut * s.k();
  for (long long c = 0; c < s.c; c++) {
    for (long long tap = 0; tap < s.taps; tap++, to += kOut) {
      for (int i = 0; i < kOut; i++) {
        const long long o = block * kOut + i;
        const long long from = turned ? (c * s.o + o) * s.taps + s.taps - 1 - tap : (o * s.c + c) * s.taps + tap;
        to[i] = o < s.o ? w[from] : 0.0f;
      }
    }
  }
}

// Input rows [top, top + padded rows) of every channel, zeros where they lie outside.
void pad(const pf_conv& p, const ConvShape& s, const float* x, long long top, long long rows, float* to) {
  const long long width = padded_width(p, s), height = padded_rows(p, rows), plane = plane_floats(p, s, rows);
  const long long left = p.window.pad_left, inside = smaller(s.w, width - left);
  for (long long c = 0; c < s.c; c++) {
    float* row = to + c * plane;
    for (long long r = 0; r < height; r++, row += width) {
      const long long ih = top + r;
      if (ih < 0 || ih >= s.h) {
        memset(row, 0, width * sizeof(float));
        continue;
      }
      for (long long i = 0; i < left; i++) row[i] = 0;
      memcpy(row + left, x + (c * s.h + ih) * s.w, inside * sizeof(float));
      for (long long i = left + inside; i < width; i++) row[i] = 0;
    }
  }
}

// kOut channels times kCount vectors of positions, over all input channels and taps. kWide: the kernel's width where it
// is known and taps are neighbours, so that its loop unrolls; 0 elsewhere.
template <int kCount, int kWide>
void sum_block(const pf_conv& p, long long channels, const float* x, long long width, long long plane, const float* w,
               float out[kOut][kVecs * kVecLanes]) {
  const long long row = width * p.window.dilation_h, step = kWide > 0 ? 1 : p.window.dilation_w;
  const long long columns = kWide > 0 ? kWide : p.window.kernel_w, rows = p.window.kernel_h;
  vec sums[kOut][kCount];
  for (int o = 0; o < kOut; o++) {
    for (int v = 0; v < kCount; v++) sums[o][v] = splat(0.0f);
  }
  for (long long c = 0; c < channels; c++, x += plane) {
    const float* from = x;
    for (long long kh = 0; kh < rows; kh++, from += row) {
#pragma GCC unroll 5
      for (long long kw = 0; kw < columns; kw++, w += kOut) {
        vec in[kCount];
#pragma GCC unroll 3
        for (int v = 0; v < kCount; v++) in[v] = load(from + kw * step + v * kVecLanes);
#pragma GCC unroll 8
        for (int o = 0; o < kOut; o++) {
          const vec weight = splat(w[o]);
#pragma GCC unroll 3
          for (int v = 0; v < kCount; v++) sums[o][v] = fma_of(in[v], weight, sums[o][v]);
        }
      }
    }
  }
  for (int o = 0; o < kOut; o++) {
    for (int v = 0; v < kCount; v++) store(out[o] + v * kVecLanes, sums[o][v]);
  }
}

template <int kCount>
void sum_block(const pf_conv& p, long long channels, const float* x, long long width, long long plane, const float* w,
               float out[kOut][kVecs * kVecLanes]) {
  const int known = p.window.dilation_w == 1 ? p.window.kernel_w : 0;
  if (known == 3) return sum_block<kCount, 3>(p, channels, x, width, plane, w, out);
  if (known == 5) return sum_block<kCount, 5>(p, channels, x, width, plane, w, out);
  sum_block<kCount, 0>(p, channels, x, width, plane, w, out);
}

// Stores one channel's positions, count of them from (row, column) of a tile on, without those in the padding.
void keep(const pf_conv& p, const ConvShape& s, const float* sums, long long row, long long column, long long count,
          long long width, float bias, float* y) {
  const bool rectify = p.epilogue.activation == PF_RELU;
  for (; count > 0; row++, column = 0) {
    const long long run = smaller(count, width - column), stored = smaller(run, s.ow - column);
    float* to = y + row * s.ow + column;
    const float* add = p.epilogue.add == 0 ? nullptr : at<const float>(p.epilogue.add) + (to - at<float>(p.y));
    for (long long i = 0; i < stored; i++) {
      const float value = sums[i] + bias + (add == nullptr ? 0.0f : add[i]);
      to[i] = rectify ? relu(value) : value;
    }
    sums += run;
    count -= run;
  }
}

void convolve(const pf_conv& p, const ConvShape& s, const Tiling& tiling, long long chunk, float* padded) {
  const long long n = chunk / tiling.tiles, row = chunk % tiling.tiles * tiling.rows;
  const long long rows = smaller(tiling.rows, s.oh - row);
  const long long width = padded_width(p, s), plane = plane_floats(p, s, rows), area = s.oh * s.ow;
  // The last row ends with its last stored position.
  const long long positions = (rows - 1) * width + s.ow;
  pad(p, s, at<const float>(p.x) + n * s.c * s.h * s.w, row - p.window.pad_top, rows, padded);
  const float* bias = at<const float>(p.epilogue.bias);
  float* y = at<float>(p.y) + n * s.o * area + row * s.ow;
  for (long long first = 0; first < positions; first += kVecs * kVecLanes) {
    const long long count = smaller(kVecs * kVecLanes, positions - first);
    const long long vectors = ceil_div(count, kVecLanes), at_row = first / width, at_column = first % width;
    for (long long block = 0; block * kOut < s.o; block++) {
      alignas(64) float sums[kOut][kVecs * kVecLanes];
      const float* w = at<const float>(p.workspace) + block * kOut * s.k();
      if (vectors == 3) {
        sum_block<3>(p, s.c, padded + first, width, plane, w, sums);
      } else if (vectors == 2) {
        sum_block<2>(p, s.c, padded + first, width, plane, w, sums);
      } else {
        sum_block<1>(p, s.c, padded + first, width, plane, w, sums);
      }
      for (long long o = block * kOut; o < smaller(s.o, (block + 1) * kOut); o++) {
        keep(p, s, sums[o - block * kOut], at_row, at_column, count, width, bias == nullptr ? 0.0f : bias[o],
             y + o * area);
      }
    }
  }
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char* scratch) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_conv& given = *static_cast<const pf_conv*>(params);
  pf_conv p;
  ConvShape s;
  if (!as_forward(given, &p, &s)) return PF_INVALID;
  for (long long chunk = first; chunk < last; chunk++) {
    if (stage == 0) {
      pack(p, s, given.pass == PF_BACKWARD_DATA, at<const float>(given.w), chunk);
    } else {
      convolve(p, s, tiling, chunk, reinterpret_cast<float*>(scratch));
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family direct_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
