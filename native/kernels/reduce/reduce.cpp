// Sums and norms over dimensions and the adjoint of sums. A tensor is seen as keep0 x reduce0 x keep1 x reduce1, which
// covers any one set of adjacent reduced dimensions on either side of a kept one (bias gradients, spatial means, sums
// over everything). Sums run in double over fixed slices of reduce0, merged in slice order.
#include <math.h>

#include "shared/blocks.h"
#include "shared/kernel.h"
#include "portafilter/reduce.h"
#include "shared/wide.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kSliceElements = 32768;
constexpr long long kRows = 32;  // kept positions of one chunk where they lie side by side
struct Tiling {
  long long slices;
};

// Sums of channel blocks over images, rows and columns (keep0 1, reduce0 N, keep1 C, reduce1 H W), or over rows and
// columns (keep0 N C, reduce0 1, keep1 1, reduce1 H W), and the adjoint of the latter.
int check_blocks(const pf_reduce& p, Cut* out) {
  const pf_view& large = p.kind == PF_REDUCE_SUM ? p.x : p.y;
  const pf_view& small = p.kind == PF_REDUCE_SUM ? p.y : p.x;
  if (p.kind == PF_REDUCE_NORM) return PF_UNSUPPORTED;
  int status = check_blocked(large);
  if (status != PF_OK) return status;
  const long long n = large.dims[0], c = large.dims[1], area = large.dims[2] * large.dims[3];
  const bool images = p.keep0 == 1 && p.reduce0 == n && p.keep1 == c && p.kind == PF_REDUCE_SUM;
  const bool each = p.keep0 == n * c && p.reduce0 == area && p.keep1 == 1 && p.reduce1 == 1;
  if (!(images && p.reduce1 == area) && !each) return PF_UNSUPPORTED;
  status = check_plain(small, PF_FLOAT32, images && !each ? c : n * c);
  out->numerics = p.kind == PF_REDUCE_SUM ? PF_NUMERICS_DOUBLE_SUM : PF_NUMERICS_EXACT;
  out->chunks[0] = images && !each ? blocks_of(c) : n * blocks_of(c);
  out->nanoseconds[0] = static_cast<double>(n * c * area) * 0.2;
  return status;
}

// One block of channels: of all images (reduce0 of them) or of one.
void run_block(const pf_reduce& p, long long chunk) {
  const pf_view& large = p.kind == PF_REDUCE_SUM ? p.x : p.y;
  const long long blocks = blocks_of(large.dims[1]), area = large.dims[2] * large.dims[3];
  const bool each = p.keep1 == 1;
  const long long block = each ? chunk % blocks : chunk, count = channels_of(block, large.dims[1]);
  const long long position = (each ? chunk / blocks * large.dims[1] : 0) + block * kPack;
  if (p.kind == PF_REDUCE_EXPAND) {
    const Wide value = wide_of(static_cast<float>(p.scale)) * some(at<const float>(p.x) + position, count);
    float* to = at<float>(p.y) + chunk * area * kPack;
    for (long long i = 0; i < area; i++) keep(to + i * kPack, value);
    return;
  }
  double sums[kPack] = {};
  for (long long n = 0; n < (each ? 1 : p.reduce0); n++) {
    const float* x = at<const float>(p.x) + (n * blocks + chunk) * area * kPack;
    for (long long i = 0; i < area; i++) {
      for (int c = 0; c < kPack; c++) sums[c] += static_cast<double>(x[i * kPack + c]);
    }
  }
  for (int c = 0; c < count; c++) at<float>(p.y)[position + c] = static_cast<float>(p.scale * sums[c]);
}

int check(const void* params, Cut* out) {
  const pf_reduce& p = *static_cast<const pf_reduce*>(params);
  if (!is_float(p.x.dtype) || p.keep0 < 1 || p.reduce0 < 1 || p.keep1 < 1 || p.reduce1 < 1) return PF_INVALID;
  if (is_blocked(p.x) || is_blocked(p.y)) return check_blocks(p, out);
  const long long kept = p.keep0 * p.keep1, all = kept * p.reduce0 * p.reduce1;
  const bool sum = p.kind == PF_REDUCE_SUM || p.kind == PF_REDUCE_NORM;
  if (!sum && p.kind != PF_REDUCE_EXPAND) return PF_INVALID;
  if (p.kind == PF_REDUCE_NORM && all != p.reduce0) return PF_UNSUPPORTED;
  int status = check_plain(p.x, p.x.dtype, sum ? all : kept);
  if (status == PF_OK) status = check_plain(p.y, p.x.dtype, sum ? kept : all);
  if (status != PF_OK) return status;
  if (!sum) {
    out->chunks[0] = p.keep0 * p.reduce0;
    out->nanoseconds[0] = static_cast<double>(all) * 0.4;
    return PF_OK;
  }
  // keep1 columns with reduce1 = 1 are summed side by side; else each kept position alone.
  const long long groups = p.keep0 * (p.reduce1 == 1 ? ceil_div(p.keep1, kRows) : p.keep1);
  const long long per_slice = larger(1, kSliceElements / (p.reduce1 == 1 ? smaller(kRows, p.keep1) : p.reduce1));
  const long long slices = smaller(64, ceil_div(p.reduce0, per_slice));
  out->numerics = PF_NUMERICS_DOUBLE_SUM;
  out->keep(Tiling{slices});
  out->stages = 2;
  out->chunks[0] = groups * slices;
  out->chunks[1] = 1;
  out->nanoseconds[0] = static_cast<double>(all) * 0.6;
  out->nanoseconds[1] = static_cast<double>(kept * slices);
  out->shared = lines((p.kind == PF_REDUCE_NORM ? 2 : kept) * slices * 8);
  return PF_OK;
}

template <class T>
void sum_slice(const pf_reduce& p, const Tiling& tiling, long long chunk) {
  const long long slices = tiling.slices, slice = chunk % slices, group = chunk / slices;
  const long long first = p.reduce0 * slice / slices, last = p.reduce0 * (slice + 1) / slices;
  double* partial = at<double>(p.workspace) + slice * p.keep0 * p.keep1;
  const long long row = p.keep1 * p.reduce1;
  if (row == 1) {
    const T* x = at<const T>(p.x) + group * p.reduce0 + first;
    partial[group] = sum_of(x, last - first);
    return;
  }
  if (p.reduce1 == 1) {
    const long long groups = ceil_div(p.keep1, kRows), outer = group / groups;
    const long long column = group % groups * kRows, columns = smaller(kRows, p.keep1 - column);
    double lane[kRows] = {};
    const T* x = at<const T>(p.x) + outer * p.reduce0 * row + column;
    for (long long r = first; r < last; r++) {
      for (long long i = 0; i < columns; i++) lane[i] += static_cast<double>(x[r * row + i]);
    }
    for (long long i = 0; i < columns; i++) partial[outer * p.keep1 + column + i] = lane[i];
    return;
  }
  const long long outer = group / p.keep1, inner = group % p.keep1;
  const T* x = at<const T>(p.x) + outer * p.reduce0 * row + inner * p.reduce1;
  double sum = 0;
  for (long long r = first; r < last; r++) sum += sum_of(x + r * row, p.reduce1);
  partial[group] = sum;
}

template <class T>
void merge(const pf_reduce& p, const Tiling& tiling) {
  const double* partial = at<const double>(p.workspace);
  const long long kept = p.keep0 * p.keep1;
  for (long long i = 0; i < kept; i++) {
    double sum = 0;
    for (long long slice = 0; slice < tiling.slices; slice++) sum += partial[slice * kept + i];
    at<T>(p.y)[i] = static_cast<T>(p.scale * sum);
  }
}

// The sum of the squares of scale x. What lies outside [kLeast, kMost] may have lost squares that were too large or too
// small for a number; scaled so, none that count are.
struct Squares {
  double sum, scale;
};
constexpr double kLeast = 0x1p-900, kMost = 0x1p1000, kDown = 0x1p-600, kUp = 0x1p600;

template <class T>
Squares squares_of(const T* x, long long count) {
  const double sum = dot_of(x, x, count);
  if (sum >= kLeast && sum <= kMost) return {sum, 1};
  const double scale = sum < kLeast ? kUp : kDown;
  const double scaled = sum_of_terms(count, [=](long long i) {
    const double value = scale * static_cast<double>(x[i]);
    return value * value;
  });
  return {scaled, scale};
}

template <class T>
void square_slice(const pf_reduce& p, const Tiling& tiling, long long slice) {
  const long long slices = tiling.slices;
  const long long first = p.reduce0 * slice / slices, last = p.reduce0 * (slice + 1) / slices;
  at<Squares>(p.workspace)[slice] = squares_of(at<const T>(p.x) + first, last - first);
}

// Brings all slices to the scale of the largest.
template <class T>
void merge_norm(const pf_reduce& p, const Tiling& tiling) {
  const Squares* slices = at<const Squares>(p.workspace);
  double scale = kUp, sum = 0;
  for (long long i = 0; i < tiling.slices; i++) scale = slices[i].scale < scale ? slices[i].scale : scale;
  for (long long i = 0; i < tiling.slices; i++) {
    const double by = scale / slices[i].scale;
    sum += slices[i].sum * by * by;
  }
  at<T>(p.y)[0] = static_cast<T>(p.scale * (sqrt(sum) / scale));
}

template <class T>
void expand(const pf_reduce& p, long long chunk) {
  const T* x = at<const T>(p.x) + chunk / p.reduce0 * p.keep1;
  T* out = at<T>(p.y) + chunk * p.keep1 * p.reduce1;
  const T scale = static_cast<T>(p.scale);
  for (long long i = 0; i < p.keep1; i++) {
    const T value = scale * x[i];
    for (long long r = 0; r < p.reduce1; r++) *out++ = value;
  }
}

template <class T>
void run_chunk(const pf_reduce& p, const Tiling& tiling, int stage, long long chunk) {
  if (p.kind == PF_REDUCE_EXPAND) return expand<T>(p, chunk);
  if (p.kind == PF_REDUCE_NORM) return stage == 1 ? merge_norm<T>(p, tiling) : square_slice<T>(p, tiling, chunk);
  stage == 1 ? merge<T>(p, tiling) : sum_slice<T>(p, tiling, chunk);
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char*) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_reduce& p = *static_cast<const pf_reduce*>(params);
  const bool blocks = is_blocked(p.x) || is_blocked(p.y);
  for (long long chunk = first; chunk < last; chunk++) {
    if (blocks) {
      run_block(p, chunk);
      continue;
    }
    p.x.dtype == PF_FLOAT32 ? run_chunk<float>(p, tiling, stage, chunk) : run_chunk<double>(p, tiling, stage, chunk);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_reduce*>(params)->workspace; }

}  // namespace

extern const Family reduce_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
