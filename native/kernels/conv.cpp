// Convolution by cache-tiled im2col: each worker lowers a few output rows of one image into its own scratch and
// multiplies them with OpenBLAS at once, in pieces small enough (M N K <= 10^6) for the library's no-pack kernels. No
// column buffer of a whole image ever exists. A 1x1 convolution of stride 1 without padding needs no lowering: the
// image is the column matrix.
//
//   forward:  Y (O x P) = W (O x K) columns(X) (K x P)
//   data:     at stride 1 a forward convolution of dY with turned weights; else, or where full padding would waste
//   work,
//             columns(dX) (K x P) = W^T (K x O) dY (O x P), added back into dX by the worker that owns those channels
//   weights:  dW^T (K x O) = sum over images and tiles of columns(X) (K x P) dY^T (P x O), in fixed slices merged in
//   order
//
// K = channels per group * kernel_h * kernel_w, P = pixels of a tile (whole output rows).
#include "portafilter/conv.h"

#include "conv_shape.h"
#include "kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr double kNoPack = 1e6;                     // OpenBLAS: largest M N K of its no-pack path
constexpr long long kColumnBytes = 384 * 1024;      // column tile kept well inside L2
constexpr long long kPartialBytes = 48LL << 20;     // most workspace for weight-gradient partial sums
constexpr double kNanosecondsPerFlop = 1.0 / 60.0;  // serial estimate
enum Tiling { kRows = 0, kTiles = 1, kDepth = 2, kBlock = 3, kSlices = 4, kParts = 5, kPointwise = 6, kTurned = 7 };

struct Choice {
  long long rows, depth, block;
};

// Picks output rows per tile, input channels per step and the block of the GEMM's M. `wide` is the dimension that pairs
// with the pixels; the score favours shapes whose three extents are all comfortable for the micro-kernels.
Choice choose(const ConvShape& s, long long wide, long long narrow_unit, long long bytes) {
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

// Fills the layout of the scattering data gradient into stage 1. The GEMM's M are channels times taps, its K the output
// channels.
void plan_scatter(const ConvShape& s, long long bytes, Layout* out) {
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
  out->tiling[kRows] = best_rows;
  out->tiling[kTiles] = ceil_div(s.oh, best_rows);
  out->tiling[kBlock] = best_block;
  out->tiling[kParts] = parts;
  out->tiling[kPointwise] = s.is_pointwise();
  out->chunks[1] = s.n * s.groups * parts;
  out->scratch = lines(best_block * s.taps * best_rows * s.ow * bytes);
}

// Fills the layout of the weight gradient: partial sums over fixed slices of images and tiles, then their merging.
void plan_weights(const ConvShape& s, long long bytes, Layout* out) {
  const Choice c = choose(s, s.og, 1, bytes);
  const long long tiles = ceil_div(s.oh, c.rows), units = s.n * tiles, partial = s.o * s.k() * bytes;
  const long long slices = larger(1, smaller(smaller(16, units), kPartialBytes / larger(1, partial)));
  const long long parts = larger(1, smaller(ceil_div(s.cg, c.depth), ceil_div(16, slices * s.groups)));
  const long long pixels = c.rows * s.ow;
  out->tiling[kRows] = c.rows;
  out->tiling[kTiles] = tiles;
  out->tiling[kDepth] = c.depth;
  out->tiling[kBlock] = c.block;
  out->tiling[kSlices] = slices;
  out->tiling[kParts] = parts;
  out->tiling[kPointwise] = s.is_pointwise();
  out->stages = 2;
  out->chunks[0] = s.groups * slices * parts;
  out->chunks[1] = s.o;
  out->nanoseconds[1] = static_cast<double>(s.o * s.k() * slices) * 0.5;
  out->shared = lines(slices * partial);
  out->scratch = lines(s.is_pointwise() ? 0 : c.depth * s.taps * pixels * bytes) + lines(pixels * s.og * bytes);
}

// Fills the layout of a forward pass over these sizes into stage `stage`.
void plan_forward(const ConvShape& s, long long bytes, int stage, Layout* out) {
  Choice c = choose(s, s.og, 1, bytes);
  // A single image is cut finer, so that there is something to share.
  while (s.n * s.groups * ceil_div(s.oh, c.rows) < 4 && c.rows > 1 && c.rows * s.ow >= 128)
    c.rows = ceil_div(c.rows, 2);
  const long long tiles = ceil_div(s.oh, c.rows);
  const long long parts = larger(1, smaller(ceil_div(s.og, 16), ceil_div(4, s.n * s.groups * tiles)));
  out->tiling[kRows] = c.rows;
  out->tiling[kTiles] = tiles;
  out->tiling[kDepth] = c.depth;
  out->tiling[kBlock] = smaller(c.block, ceil_div(s.og, parts));
  out->tiling[kParts] = parts;
  out->tiling[kPointwise] = s.is_pointwise();
  out->chunks[stage] = s.n * s.groups * tiles * parts;
  out->scratch = s.is_pointwise() ? 0 : lines(c.depth * s.taps * c.rows * s.ow * bytes);
}

// The data gradient at stride 1 as a forward convolution: dY padded by dilation (kernel - 1) - pad, channels swapped,
// weights turned. Padding must not become negative, and the wider output must not cost much more than the scatter.
bool turn(const pf_conv& p, pf_conv* q) {
  const int reach_h = p.dilation_h * (p.kernel_h - 1), reach_w = p.dilation_w * (p.kernel_w - 1);
  *q = p;
  q->pass = PF_FORWARD;
  q->x = p.y;
  q->y = p.x;
  q->pad_top = reach_h - p.pad_top;
  q->pad_left = reach_w - p.pad_left;
  q->pad_bottom = reach_h - p.pad_bottom;
  q->pad_right = reach_w - p.pad_right;
  q->w.dims[0] = p.x.dims[1];
  q->w.dims[1] = p.w.dims[0] / p.groups;
  q->w.data = p.workspace;
  for (int i = 0; i < 4; i++) q->w.strides[i] = 0;
  const bool fits = p.stride_h == 1 && p.stride_w == 1 && q->pad_top >= 0 && q->pad_left >= 0 && q->pad_bottom >= 0 &&
                    q->pad_right >= 0;
  const long long area = p.x.dims[2] * p.x.dims[3], small = p.y.dims[2] * p.y.dims[3];
  return fits && 10 * area <= 13 * small;
}

int check(const void* params, Layout* out) {
  const pf_conv* p = static_cast<const pf_conv*>(params);
  ConvShape s;
  int status = conv_shape(*p, &s);
  if (status != PF_OK) return status;
  if (s.cg == 1 && s.groups > 1) return depthwise_family.check(params, out);
  const long long bytes = bytes_of(p->x.dtype);
  const double nanoseconds = 2.0 * s.n * s.o * s.oh * s.ow * s.cg * s.taps * kNanosecondsPerFlop;
  out->numerics = s.is_pointwise() ? PF_NUMERICS_POINTWISE_GEMM : PF_NUMERICS_TILED_COLUMNS;
  if (p->pass == PF_FORWARD) {
    plan_forward(s, bytes, 0, out);
    out->nanoseconds[0] = nanoseconds;
    return PF_OK;
  }
  if (p->pass == PF_BACKWARD_DATA) {
    pf_conv turned;
    out->stages = 2;
    out->chunks[0] = s.groups;
    out->nanoseconds[0] = static_cast<double>(s.o * s.k());
    out->nanoseconds[1] = nanoseconds;
    out->shared = lines(s.o * s.k() * bytes);
    if (turn(*p, &turned)) {
      ConvShape t;
      status = conv_shape(turned, &t);
      if (status != PF_OK) return status;
      plan_forward(t, bytes, 1, out);
      out->tiling[kTurned] = 1;
      return PF_OK;
    }
    plan_scatter(s, bytes, out);
    return PF_OK;
  }
  plan_weights(s, bytes, out);
  out->nanoseconds[0] = nanoseconds;
  return PF_OK;
}

// The range of output columns whose input column iw = ow * stride - pad + offset lies inside [0, width).
struct Valid {
  long long first, last;
};

Valid valid_columns(long long ow, long long stride, long long start, long long width) {
  long long first = start >= 0 ? 0 : ceil_div(-start, stride);
  long long last = start >= width ? 0 : (width - 1 - start) / stride + 1;
  first = smaller(first, ow);
  return {first, larger(first, smaller(last, ow))};
}

// Copies a row in pieces of a size the compiler knows, the last one overlapping the one before: rows are short.
template <int kPiece, class T>
inline void copy_pieces(T* __restrict to, const T* __restrict from, long long count) {
  for (long long i = 0; i + kPiece <= count; i += kPiece) memcpy(to + i, from + i, kPiece * sizeof(T));
  memcpy(to + count - kPiece, from + count - kPiece, kPiece * sizeof(T));
}

template <class T>
inline void copy_row(T* __restrict to, const T* __restrict from, long long count) {
  if (count >= 16) {
    copy_pieces<16>(to, from, count);
  } else if (count >= 8) {
    copy_pieces<8>(to, from, count);
  } else if (count >= 4) {
    copy_pieces<4>(to, from, count);
  } else {
    for (long long i = 0; i < count; i++) to[i] = from[i];
  }
}

// Adds a row to a row.
template <class T>
inline void add_row(T* __restrict to, const T* __restrict from, long long count) {
  long long i = 0;
  for (; i + 8 <= count; i += 8) {
    for (int l = 0; l < 8; l++) to[i + l] += from[i + l];
  }
  for (; i < count; i++) to[i] += from[i];
}

// Lowers output rows [row, row + rows) of `channels` planes at x into columns (channels * taps) x (rows * ow).
template <class T>
void lower(const pf_conv& p, const ConvShape& s, const T* x, long long channels, long long row, long long rows,
           T* columns) {
  for (long long c = 0; c < channels; c++) {
    const T* plane = x + c * s.h * s.w;
    for (int kh = 0; kh < p.kernel_h; kh++) {
      for (int kw = 0; kw < p.kernel_w; kw++) {
        const long long start = static_cast<long long>(kw) * p.dilation_w - p.pad_left;
        const Valid valid = valid_columns(s.ow, p.stride_w, start, s.w);
        for (long long r = 0; r < rows; r++, columns += s.ow) {
          const long long ih = (row + r) * p.stride_h - p.pad_top + static_cast<long long>(kh) * p.dilation_h;
          if (ih < 0 || ih >= s.h) {
            memset(columns, 0, s.ow * sizeof(T));
            continue;
          }
          const T* from = plane + ih * s.w + start;
          for (long long i = 0; i < valid.first; i++) columns[i] = T(0);
          if (p.stride_w == 1) {
            copy_row(columns + valid.first, from + valid.first, valid.last - valid.first);
          } else {
            for (long long i = valid.first; i < valid.last; i++) columns[i] = from[i * p.stride_w];
          }
          for (long long i = valid.last; i < s.ow; i++) columns[i] = T(0);
        }
      }
    }
  }
}

// The adjoint of lower: adds columns back into the planes at dx.
template <class T>
void raise(const pf_conv& p, const ConvShape& s, const T* columns, long long channels, long long row, long long rows,
           T* dx) {
  for (long long c = 0; c < channels; c++) {
    T* plane = dx + c * s.h * s.w;
    for (int kh = 0; kh < p.kernel_h; kh++) {
      for (int kw = 0; kw < p.kernel_w; kw++) {
        const long long start = static_cast<long long>(kw) * p.dilation_w - p.pad_left;
        const Valid valid = valid_columns(s.ow, p.stride_w, start, s.w);
        for (long long r = 0; r < rows; r++, columns += s.ow) {
          const long long ih = (row + r) * p.stride_h - p.pad_top + static_cast<long long>(kh) * p.dilation_h;
          if (ih < 0 || ih >= s.h) continue;
          T* to = plane + ih * s.w + start;
          if (p.stride_w == 1) {
            add_row(to + valid.first, columns + valid.first, valid.last - valid.first);
          } else {
            for (long long i = valid.first; i < valid.last; i++) to[i * p.stride_w] += columns[i];
          }
        }
      }
    }
  }
}

template <class T>
void finish(const pf_conv& p, T* y, long long row_stride, long long first_channel, long long channels,
            long long pixels) {
  const T* bias = at<const T>(p.epilogue.bias);
  const bool rectify = p.epilogue.activation == PF_RELU;
  if (bias == nullptr && !rectify) return;
  for (long long o = 0; o < channels; o++) {
    T* row = y + o * row_stride;
    const T b = bias == nullptr ? T(0) : bias[first_channel + o];
    if (rectify) {
      for (long long i = 0; i < pixels; i++) row[i] = relu(row[i] + b);
    } else {
      for (long long i = 0; i < pixels; i++) row[i] += b;
    }
  }
}

template <class T>
void forward(const pf_conv& p, const ConvShape& s, const Layout& l, long long chunk, T* columns) {
  const long long parts = l.tiling[kParts];
  const long long first = s.og * (chunk % parts) / parts, last = s.og * (chunk % parts + 1) / parts;
  const long long tile = chunk / parts % l.tiling[kTiles];
  const long long g = chunk / parts / l.tiling[kTiles] % s.groups;
  const long long n = chunk / parts / l.tiling[kTiles] / s.groups;
  const long long row = tile * l.tiling[kRows];
  const long long rows = smaller(l.tiling[kRows], s.oh - row);
  const long long pixels = rows * s.ow, plane = s.oh * s.ow;
  const T* x = at<const T>(p.x) + (n * s.c + g * s.cg) * s.h * s.w;
  const T* w = at<const T>(p.w) + g * s.og * s.k();
  T* y = at<T>(p.y) + (n * s.o + g * s.og) * plane + row * s.ow;
  for (long long c = 0; c < s.cg; c += l.tiling[kDepth]) {
    const long long depth = smaller(l.tiling[kDepth], s.cg - c);
    const T* operand = x + c * s.h * s.w + row * s.ow;
    long long stride = plane;
    if (!l.tiling[kPointwise]) {
      lower(p, s, x + c * s.h * s.w, depth, row, rows, columns);
      operand = columns;
      stride = pixels;
    }
    for (long long o = first; o < last; o += l.tiling[kBlock]) {
      const long long block = smaller(l.tiling[kBlock], last - o);
      gemm(false, false, block, pixels, depth * s.taps, w + o * s.k() + c * s.taps, s.k(), operand, stride,
           c == 0 ? T(0) : T(1), y + o * plane, plane);
    }
  }
  finish(p, y + first * plane, plane, g * s.og + first, last - first, pixels);
}

template <class T>
void transpose_weights(const pf_conv& p, const ConvShape& s, long long g) {
  const T* w = at<const T>(p.w) + g * s.og * s.k();
  T* turned = at<T>(p.workspace) + g * s.og * s.k();
  for (long long k = 0; k < s.k(); k++) {
    for (long long o = 0; o < s.og; o++) turned[k * s.og + o] = w[o * s.k() + k];
  }
}

// The weights of a turned convolution: channels swapped within the group, taps in reverse.
template <class T>
void turn_weights(const pf_conv& p, const ConvShape& s, long long g) {
  const T* w = at<const T>(p.w) + g * s.og * s.k();
  T* turned = at<T>(p.workspace) + g * s.og * s.k();
  for (long long c = 0; c < s.cg; c++) {
    for (long long o = 0; o < s.og; o++) {
      const T* from = w + (o * s.cg + c) * s.taps;
      T* to = turned + (c * s.og + o) * s.taps;
      for (long long tap = 0; tap < s.taps; tap++) to[tap] = from[s.taps - 1 - tap];
    }
  }
}

template <class T>
void backward_data(const pf_conv& p, const ConvShape& s, const Layout& l, long long chunk, T* columns) {
  const long long parts = l.tiling[kParts];
  const long long part = chunk % parts;
  const long long g = chunk / parts % s.groups;
  const long long n = chunk / parts / s.groups;
  const long long blocks = ceil_div(s.cg, l.tiling[kBlock]);
  const long long first = blocks * part / parts * l.tiling[kBlock];
  const long long last = smaller(s.cg, blocks * (part + 1) / parts * l.tiling[kBlock]);
  const T* turned = at<const T>(p.workspace) + g * s.og * s.k();
  const T* dy = at<const T>(p.y) + (n * s.o + g * s.og) * s.oh * s.ow;
  T* dx = at<T>(p.x) + (n * s.c + g * s.cg) * s.h * s.w;
  if (!l.tiling[kPointwise]) memset(dx + first * s.h * s.w, 0, (last - first) * s.h * s.w * sizeof(T));
  for (long long tile = 0; tile < l.tiling[kTiles]; tile++) {
    const long long row = tile * l.tiling[kRows];
    const long long rows = smaller(l.tiling[kRows], s.oh - row);
    const long long pixels = rows * s.ow;
    for (long long c = first; c < last; c += l.tiling[kBlock]) {
      const long long block = smaller(l.tiling[kBlock], last - c);
      const bool direct = l.tiling[kPointwise] != 0;
      T* to = direct ? dx + c * s.h * s.w + row * s.ow : columns;
      gemm(false, false, block * s.taps, pixels, s.og, turned + c * s.taps * s.og, s.og, dy + row * s.ow, s.oh * s.ow,
           T(0), to, direct ? s.h * s.w : pixels);
      if (!direct) raise(p, s, columns, block, row, rows, dx + c * s.h * s.w);
    }
  }
}

// to (columns x rows) = from^T, from being rows x columns with this stride; in blocks that stay in the first-level
// cache.
template <class T>
void transpose(const T* __restrict from, long long stride, long long rows, long long columns, T* __restrict to) {
  constexpr long long kBlockSide = 16;
  for (long long i = 0; i < columns; i += kBlockSide) {
    const long long last = smaller(columns, i + kBlockSide);
    for (long long o = 0; o < rows; o++) {
      const T* row = from + o * stride;
      for (long long j = i; j < last; j++) to[j * rows + o] = row[j];
    }
  }
}

template <class T>
void backward_weights(const pf_conv& p, const ConvShape& s, const Layout& l, long long chunk, char* scratch) {
  const long long parts = l.tiling[kParts], slices = l.tiling[kSlices], tiles = l.tiling[kTiles];
  const long long part = chunk % parts;
  const long long slice = chunk / parts % slices;
  const long long g = chunk / parts / slices;
  const long long steps = ceil_div(s.cg, l.tiling[kDepth]);
  const long long first_channel = steps * part / parts * l.tiling[kDepth];
  const long long last_channel = smaller(s.cg, steps * (part + 1) / parts * l.tiling[kDepth]);
  const long long units = s.n * tiles;
  T* turned_dy = reinterpret_cast<T*>(scratch);
  T* columns = reinterpret_cast<T*>(scratch + lines(l.tiling[kRows] * s.ow * s.og * static_cast<long long>(sizeof(T))));
  T* partial = at<T>(p.workspace) + (slice * s.groups + g) * s.k() * s.og;
  bool fresh = true;
  for (long long unit = units * slice / slices; unit < units * (slice + 1) / slices; unit++, fresh = false) {
    const long long n = unit / tiles;
    const long long row = unit % tiles * l.tiling[kRows];
    const long long rows = smaller(l.tiling[kRows], s.oh - row);
    const long long pixels = rows * s.ow, plane = s.oh * s.ow;
    const T* dy = at<const T>(p.y) + (n * s.o + g * s.og) * plane + row * s.ow;
    transpose(dy, plane, s.og, pixels, turned_dy);
    const T* x = at<const T>(p.x) + (n * s.c + g * s.cg) * s.h * s.w;
    for (long long c = first_channel; c < last_channel; c += l.tiling[kDepth]) {
      const long long depth = smaller(l.tiling[kDepth], last_channel - c);
      const T* operand = x + c * s.h * s.w + row * s.ow;
      long long stride = plane;
      if (!l.tiling[kPointwise]) {
        lower(p, s, x + c * s.h * s.w, depth, row, rows, columns);
        operand = columns;
        stride = pixels;
      }
      for (long long o = 0; o < s.og; o += l.tiling[kBlock]) {
        const long long block = smaller(l.tiling[kBlock], s.og - o);
        gemm(false, false, depth * s.taps, block, pixels, operand, stride, turned_dy + o, s.og, fresh ? T(0) : T(1),
             partial + c * s.taps * s.og + o, s.og);
      }
    }
  }
}

template <class T>
void merge_weights(const pf_conv& p, const ConvShape& s, const Layout& l, long long o) {
  const long long g = o / s.og, in_group = o % s.og;
  const T* partial = at<const T>(p.workspace) + g * s.k() * s.og + in_group;
  T* dw = at<T>(p.w) + o * s.k();
  for (long long k = 0; k < s.k(); k++) {
    T sum = partial[k * s.og];
    for (long long slice = 1; slice < l.tiling[kSlices]; slice++) sum += partial[(slice * s.groups * s.k() + k) * s.og];
    dw[k] = sum;
  }
}

template <class T>
void run_chunks(const pf_conv& p, const Layout& l, int stage, long long first, long long last, char* scratch) {
  ConvShape s;
  conv_shape(p, &s);
  pf_conv turned;
  ConvShape t;
  const bool turns = l.tiling[kTurned] != 0 && turn(p, &turned) && conv_shape(turned, &t) == PF_OK;
  for (long long chunk = first; chunk < last; chunk++) {
    if (p.pass == PF_FORWARD) {
      forward<T>(p, s, l, chunk, reinterpret_cast<T*>(scratch));
    } else if (p.pass == PF_BACKWARD_DATA && stage == 0) {
      turns ? turn_weights<T>(p, s, chunk) : transpose_weights<T>(p, s, chunk);
    } else if (p.pass == PF_BACKWARD_DATA) {
      turns ? forward<T>(turned, t, l, chunk, reinterpret_cast<T*>(scratch))
            : backward_data<T>(p, s, l, chunk, reinterpret_cast<T*>(scratch));
    } else if (stage == 0) {
      backward_weights<T>(p, s, l, chunk, scratch);
    } else {
      merge_weights<T>(p, s, l, chunk);
    }
  }
}

int run(const void* params, const Layout& layout, int stage, long long first, long long last, char* scratch) {
  if (layout.numerics == PF_NUMERICS_DEPTHWISE) {
    return depthwise_family.run(params, layout, stage, first, last, scratch);
  }
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  if (p.x.dtype == PF_FLOAT32) {
    run_chunks<float>(p, layout, stage, first, last, scratch);
  } else {
    run_chunks<double>(p, layout, stage, first, last, scratch);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family conv_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
