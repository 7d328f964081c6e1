// Matrix product: in register tiles (gemm_tiles.cpp) where an instruction set has room for them; else C is cut into
// fixed tiles, one chunk each, and OpenBLAS multiplies inside a tile. Products with few
// rows and a transposed right side (a dense layer on one image) are streamed instead: each output is a dot product over
// lanes, so that the weights are read once at memory speed.
#include "portafilter/gemm.h"

#include "kernel.h"
#include "vector.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kFewRows = 4;
constexpr long long kDotColumns = 32;
constexpr long long kNoPack = 1000000;  // OpenBLAS: largest M N K of its no-pack path, which wants b not transposed
constexpr long long kLeastDepth = 48;
enum Tiling { kTileRows = 0, kTileColumns = 1, kTileDepth = 2 };

struct Sizes {
  long long m, n, k;
};

Sizes sizes_of(const pf_gemm& p) { return {p.c.dims[0], p.c.dims[1], p.transpose_a ? p.a.dims[0] : p.a.dims[1]}; }

bool is_few_rows(const pf_gemm& p, const Sizes& s) { return s.m <= kFewRows && !p.transpose_a && p.transpose_b; }

int check(const void* params, Layout* out) {
  const pf_gemm& p = *static_cast<const pf_gemm*>(params);
  if (!is_float(p.a.dtype) || p.a.rank != 2 || p.b.rank != 2 || p.c.rank != 2) return PF_INVALID;
  if (p.accumulate != 0 || (p.prepare != 0 && p.prepared == 0) || !is_none(p.prologue) ||
      !only_bias_add_relu(p.epilogue) || p.epilogue.add != 0)
    return PF_UNSUPPORTED;
  const pf_view* const views[] = {&p.a, &p.b, &p.c};
  for (const pf_view* view : views) {
    int status = check_plain(*view, p.a.dtype);
    if (status != PF_OK) return status;
  }
  const Sizes s = sizes_of(p);
  const bool fits = p.a.dims[p.transpose_a ? 1 : 0] == s.m && p.b.dims[p.transpose_b ? 1 : 0] == s.k &&
                    p.b.dims[p.transpose_b ? 0 : 1] == s.n;
  if (!fits || s.m < 1 || s.n < 1 || s.k < 1) return PF_INVALID;
  const double flops = 2.0 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
  if (is_few_rows(p, s) && may_be(p.algorithm, PF_NUMERICS_DOT_ROWS)) {
    if (p.prepared != 0) return PF_UNSUPPORTED;
    out->numerics = PF_NUMERICS_DOT_ROWS;
    out->chunks[0] = ceil_div(s.n, kDotColumns);
    out->nanoseconds[0] = flops / 10.0;
    return PF_OK;
  }
  if (gemm_tiles_family.check(params, out) == PF_OK) return PF_OK;
  if (p.prepared != 0 || !may_be(p.algorithm, PF_NUMERICS_BLAS_TILES)) return PF_UNSUPPORTED;
  out->numerics = PF_NUMERICS_BLAS_TILES;
  out->nanoseconds[0] = flops / 60.0;
  long long rows = s.m, columns = s.n;
  // Large products are halved along their longer side until there are enough tiles to share evenly.
  while (flops > 5e5 && ceil_div(s.m, rows) * ceil_div(s.n, columns) < 8 && (rows > 32 || columns > 64)) {
    if (rows > columns && rows > 32) {
      rows = ceil_div(ceil_div(rows, 2), 16) * 16;
    } else if (columns > 64) {
      columns = ceil_div(ceil_div(columns, 2), 16) * 16;
    } else {
      rows = ceil_div(ceil_div(rows, 2), 16) * 16;
    }
  }
  const long long depth = kNoPack / (rows * columns);
  out->tiling[kTileDepth] = !p.transpose_b && depth >= kLeastDepth ? smaller(depth, s.k) : s.k;
  out->tiling[kTileRows] = rows;
  out->tiling[kTileColumns] = columns;
  out->chunks[0] = ceil_div(s.m, rows) * ceil_div(s.n, columns);
  return PF_OK;
}

template <class T>
void finish(const pf_gemm& p, T* c, long long stride, long long first, long long rows, long long columns) {
  const T* bias = at<const T>(p.epilogue.bias);
  const bool rectify = p.epilogue.activation == PF_RELU;
  for (long long i = 0; i < rows; i++) {
    T* row = c + i * stride;
    if (bias != nullptr) {
      for (long long j = 0; j < columns; j++) row[j] += bias[first + j];
    }
    if (rectify) {
      for (long long j = 0; j < columns; j++) row[j] = relu(row[j]);
    }
  }
}

// One dot product in the working type over 64 lanes, explicit FMA.
template <class T>
T dot_lanes(const T* x, const T* y, long long count) {
  T lane[64] = {};
  long long i = 0;
  for (; i + 64 <= count; i += 64) {
    for (int l = 0; l < 64; l++) lane[l] = static_cast<T>(PF_FMA(x[i + l], y[i + l], lane[l]));
  }
  for (int l = 0; i < count; i++, l++) lane[l] = static_cast<T>(PF_FMA(x[i], y[i], lane[l]));
  for (int half = 32; half > 0; half /= 2) {
    for (int l = 0; l < half; l++) lane[l] += lane[l + half];
  }
  return lane[0];
}

// Dot products of x with kCount rows of y, `stride` apart: one vector of sums each, then what is left of the rows.
template <int kCount>
void dots(const float* x, const float* y, long long stride, long long count, float* sums) {
  vec lanes[kCount];
#pragma GCC unroll 8
  for (int c = 0; c < kCount; c++) lanes[c] = splat(0.0f);
  long long i = 0;
  for (; i + kVecLanes <= count; i += kVecLanes) {
    const vec value = load(x + i);
#pragma GCC unroll 8
    for (int c = 0; c < kCount; c++) lanes[c] = fma_of(value, load(y + c * stride + i), lanes[c]);
  }
  for (int c = 0; c < kCount; c++) {
    alignas(64) float lane[kVecLanes];
    store(lane, lanes[c]);
    for (int half = kVecLanes / 2; half > 0; half /= 2) {
      for (int l = 0; l < half; l++) lane[l] += lane[l + half];
    }
    sums[c] = lane[0];
    for (long long j = i; j < count; j++) sums[c] = static_cast<float>(PF_FMA(x[j], y[c * stride + j], sums[c]));
  }
}

// One row of a with rows [0, count) of b.
void dot_row(const float* a, const float* b, long long k, long long count, float* c) {
  long long j = 0;
  for (; j + 8 <= count; j += 8) dots<8>(a, b + j * k, k, k, c + j);
  for (; j < count; j++) dots<1>(a, b + j * k, k, k, c + j);
}

void dot_row(const double* a, const double* b, long long k, long long count, double* c) {
  for (long long j = 0; j < count; j++) c[j] = dot_lanes(a, b + j * k, k);
}

template <class T>
void dot_rows(const pf_gemm& p, const Sizes& s, long long chunk) {
  const long long first = chunk * kDotColumns, last = smaller(s.n, first + kDotColumns);
  const T* a = at<const T>(p.a);
  const T* b = at<const T>(p.b);
  T* c = at<T>(p.c);
  for (long long j = first; j < last; j += 8) {
    const long long count = smaller(8, last - j);
    for (long long i = 0; i < s.m; i++) dot_row(a + i * s.k, b + j * s.k, s.k, count, c + i * s.n + j);
  }
  finish(p, c + first, s.n, first, s.m, last - first);
}

template <class T>
void tile(const pf_gemm& p, const Sizes& s, const Layout& l, long long chunk) {
  const long long across = ceil_div(s.n, l.tiling[kTileColumns]);
  const long long i = chunk / across * l.tiling[kTileRows], j = chunk % across * l.tiling[kTileColumns];
  const long long rows = smaller(l.tiling[kTileRows], s.m - i), columns = smaller(l.tiling[kTileColumns], s.n - j);
  const T* a = at<const T>(p.a) + (p.transpose_a ? i : i * s.k);
  const T* b = at<const T>(p.b) + (p.transpose_b ? j * s.k : j);
  T* c = at<T>(p.c) + i * s.n + j;
  for (long long k = 0; k < s.k; k += l.tiling[kTileDepth]) {
    const long long depth = smaller(l.tiling[kTileDepth], s.k - k);
    gemm(p.transpose_a, p.transpose_b, rows, columns, depth, a + (p.transpose_a ? k * s.m : k),
         p.transpose_a ? s.m : s.k, b + (p.transpose_b ? k : k * s.n), p.transpose_b ? s.k : s.n, k == 0 ? T(0) : T(1),
         c, s.n);
  }
  finish(p, c, s.n, j, rows, columns);
}

template <class T>
void run_chunk(const pf_gemm& p, const Sizes& s, const Layout& l, long long chunk) {
  if (l.numerics == PF_NUMERICS_DOT_ROWS) {
    dot_rows<T>(p, s, chunk);
  } else {
    tile<T>(p, s, l, chunk);
  }
}

int run(const void* params, const Layout& layout, int stage, long long first, long long last, char* scratch) {
  if (layout.numerics == PF_NUMERICS_TILES) return gemm_tiles_family.run(params, layout, stage, first, last, scratch);
  const pf_gemm& p = *static_cast<const pf_gemm*>(params);
  const Sizes s = sizes_of(p);
  for (long long chunk = first; chunk < last; chunk++) {
    p.a.dtype == PF_FLOAT32 ? run_chunk<float>(p, s, layout, chunk) : run_chunk<double>(p, s, layout, chunk);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_gemm*>(params)->workspace; }

}  // namespace

extern const Family gemm_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
