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
#include "columns.h"

#include "algorithms.h"
#include "columns_tiling.h"
#include "conv_shape.h"
#include "conv_turn.h"

namespace pf {
namespace PF_ISA {
namespace {

int check_forward(const ConvShape& s, long long bytes, double nanoseconds, Cut* out) {
  plan_forward(s, bytes, 0, false, out);
  out->nanoseconds[0] = nanoseconds;
  return PF_OK;
}

int check_data(const pf_conv& p, const ConvShape& s, long long bytes, double nanoseconds, Cut* out) {
  out->stages = 2;
  out->chunks[0] = s.groups;
  out->nanoseconds[0] = static_cast<double>(s.o * s.k());
  out->nanoseconds[1] = nanoseconds;
  out->shared = lines(s.o * s.k() * bytes);
  pf_conv turned;
  if (!turn(p, &turned)) {
    plan_scatter(s, bytes, out);
    return PF_OK;
  }
  ConvShape t;
  const int status = conv_shape(turned, &t);
  if (status == PF_OK) plan_forward(t, bytes, 1, true, out);
  return status;
}

int check(const void* params, Cut* out) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape s;
  const int status = conv_shape(p, &s);
  if (status != PF_OK) return status;
  if (s.is_depthwise() || is_blocked(image_of(p)) || is_blocked(result_of(p))) return PF_UNSUPPORTED;
  out->numerics = s.is_pointwise() ? PF_NUMERICS_POINTWISE_GEMM : PF_NUMERICS_TILED_COLUMNS;
  if (!may_be(p.algorithm, out->numerics)) return PF_UNSUPPORTED;
  const long long bytes = bytes_of(image_of(p).dtype);
  const double nanoseconds = 2.0 * s.n * s.o * s.oh * s.ow * s.cg * s.taps * kNanosecondsPerFlop;
  if (p.pass == PF_FORWARD) return check_forward(s, bytes, nanoseconds, out);
  if (p.pass == PF_BACKWARD_DATA) return check_data(p, s, bytes, nanoseconds, out);
  plan_weights(s, bytes, out);
  out->nanoseconds[0] = nanoseconds;
  return PF_OK;
}

// Puts what is to be added where the products are added to it, if there is anything.
template <class T>
bool start(const pf_conv& p, T* y, long long row_stride, long long channels, long long pixels) {
  if (p.epilogue.add == 0) return false;
  const T* add = at<const T>(p.epilogue.add) + (y - at<T>(p.y));
  for (long long o = 0; o < channels && add != y; o++) {
    memcpy(y + o * row_stride, add + o * row_stride, pixels * sizeof(T));
  }
  return true;
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
void forward(const pf_conv& p, const ConvShape& s, const ColumnsTiling& tiling, long long chunk, T* columns) {
  const long long parts = tiling.parts;
  const long long first = s.og * (chunk % parts) / parts, last = s.og * (chunk % parts + 1) / parts;
  const long long tile = chunk / parts % tiling.tiles;
  const long long g = chunk / parts / tiling.tiles % s.groups;
  const long long n = chunk / parts / tiling.tiles / s.groups;
  const long long row = tile * tiling.rows;
  const long long rows = smaller(tiling.rows, s.oh - row);
  const long long pixels = rows * s.ow, plane = s.oh * s.ow;
  const T* x = at<const T>(p.x) + (n * s.c + g * s.cg) * s.h * s.w;
  const T* w = at<const T>(p.w) + g * s.og * s.k();
  T* y = at<T>(p.y) + (n * s.o + g * s.og) * plane + row * s.ow;
  const bool adds = start(p, y + first * plane, plane, last - first, pixels);
  for (long long c = 0; c < s.cg; c += tiling.depth) {
    const long long depth = smaller(tiling.depth, s.cg - c);
    const T* operand = x + c * s.h * s.w + row * s.ow;
    long long stride = plane;
    if (!tiling.pointwise) {
      lower(p, s, x + c * s.h * s.w, depth, row, rows, columns);
      operand = columns;
      stride = pixels;
    }
    for (long long o = first; o < last; o += tiling.block) {
      const long long block = smaller(tiling.block, last - o);
      gemm(false, false, block, pixels, depth * s.taps, w + o * s.k() + c * s.taps, s.k(), operand, stride,
           c == 0 && !adds ? T(0) : T(1), y + o * plane, plane);
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
void backward_data(const pf_conv& p, const ConvShape& s, const ColumnsTiling& tiling, long long chunk, T* columns) {
  const long long parts = tiling.parts;
  const long long part = chunk % parts;
  const long long g = chunk / parts % s.groups;
  const long long n = chunk / parts / s.groups;
  const long long blocks = ceil_div(s.cg, tiling.block);
  const long long first = blocks * part / parts * tiling.block;
  const long long last = smaller(s.cg, blocks * (part + 1) / parts * tiling.block);
  const T* turned = at<const T>(p.workspace) + g * s.og * s.k();
  const T* dy = at<const T>(p.dy) + (n * s.o + g * s.og) * s.oh * s.ow;
  T* dx = at<T>(p.dx) + (n * s.c + g * s.cg) * s.h * s.w;
  if (!tiling.pointwise) memset(dx + first * s.h * s.w, 0, (last - first) * s.h * s.w * sizeof(T));
  for (long long tile = 0; tile < tiling.tiles; tile++) {
    const long long row = tile * tiling.rows;
    const long long rows = smaller(tiling.rows, s.oh - row);
    const long long pixels = rows * s.ow;
    for (long long c = first; c < last; c += tiling.block) {
      const long long block = smaller(tiling.block, last - c);
      const bool direct = tiling.pointwise;
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
void backward_weights(const pf_conv& p, const ConvShape& s, const ColumnsTiling& tiling, long long chunk,
                      char* scratch) {
  const long long parts = tiling.parts, slices = tiling.slices, tiles = tiling.tiles;
  const long long part = chunk % parts;
  const long long slice = chunk / parts % slices;
  const long long g = chunk / parts / slices;
  const long long steps = ceil_div(s.cg, tiling.depth);
  const long long first_channel = steps * part / parts * tiling.depth;
  const long long last_channel = smaller(s.cg, steps * (part + 1) / parts * tiling.depth);
  const long long units = s.n * tiles;
  T* turned_dy = reinterpret_cast<T*>(scratch);
  T* columns = reinterpret_cast<T*>(scratch + lines(tiling.rows * s.ow * s.og * static_cast<long long>(sizeof(T))));
  T* partial = at<T>(p.workspace) + (slice * s.groups + g) * s.k() * s.og;
  bool fresh = true;
  for (long long unit = units * slice / slices; unit < units * (slice + 1) / slices; unit++, fresh = false) {
    const long long n = unit / tiles;
    const long long row = unit % tiles * tiling.rows;
    const long long rows = smaller(tiling.rows, s.oh - row);
    const long long pixels = rows * s.ow, plane = s.oh * s.ow;
    const T* dy = at<const T>(p.dy) + (n * s.o + g * s.og) * plane + row * s.ow;
    transpose(dy, plane, s.og, pixels, turned_dy);
    const T* x = at<const T>(p.x) + (n * s.c + g * s.cg) * s.h * s.w;
    for (long long c = first_channel; c < last_channel; c += tiling.depth) {
      const long long depth = smaller(tiling.depth, last_channel - c);
      const T* operand = x + c * s.h * s.w + row * s.ow;
      long long stride = plane;
      if (!tiling.pointwise) {
        lower(p, s, x + c * s.h * s.w, depth, row, rows, columns);
        operand = columns;
        stride = pixels;
      }
      for (long long o = 0; o < s.og; o += tiling.block) {
        const long long block = smaller(tiling.block, s.og - o);
        gemm(false, false, depth * s.taps, block, pixels, operand, stride, turned_dy + o, s.og, fresh ? T(0) : T(1),
             partial + c * s.taps * s.og + o, s.og);
      }
    }
  }
}

template <class T>
void merge_weights(const pf_conv& p, const ConvShape& s, const ColumnsTiling& tiling, long long o) {
  const long long g = o / s.og, in_group = o % s.og;
  const T* partial = at<const T>(p.workspace) + g * s.k() * s.og + in_group;
  T* dw = at<T>(p.dw) + o * s.k();
  for (long long k = 0; k < s.k(); k++) {
    T sum = partial[k * s.og];
    for (long long slice = 1; slice < tiling.slices; slice++) sum += partial[(slice * s.groups * s.k() + k) * s.og];
    dw[k] = sum;
  }
}

template <class T>
void run_chunks(const pf_conv& p, const ColumnsTiling& tiling, int stage, long long first, long long last,
                char* scratch) {
  ConvShape s;
  conv_shape(p, &s);
  pf_conv turned;
  ConvShape t;
  const bool turns = tiling.turned && turn(p, &turned) && conv_shape(turned, &t) == PF_OK;
  for (long long chunk = first; chunk < last; chunk++) {
    if (p.pass == PF_FORWARD) {
      forward<T>(p, s, tiling, chunk, reinterpret_cast<T*>(scratch));
    } else if (p.pass == PF_BACKWARD_DATA && stage == 0) {
      turns ? turn_weights<T>(p, s, chunk) : transpose_weights<T>(p, s, chunk);
    } else if (p.pass == PF_BACKWARD_DATA) {
      turns ? forward<T>(turned, t, tiling, chunk, reinterpret_cast<T*>(scratch))
            : backward_data<T>(p, s, tiling, chunk, reinterpret_cast<T*>(scratch));
    } else if (stage == 0) {
      backward_weights<T>(p, s, tiling, chunk, scratch);
    } else {
      merge_weights<T>(p, s, tiling, chunk);
    }
  }
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char* scratch) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  const ColumnsTiling tiling = cut.kept<ColumnsTiling>();
  if (image_of(p).dtype == PF_FLOAT32) {
    run_chunks<float>(p, tiling, stage, first, last, scratch);
  } else {
    run_chunks<double>(p, tiling, stage, first, last, scratch);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family columns_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
