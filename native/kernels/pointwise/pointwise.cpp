// Elementwise formulas over flat arrays, in fixed chunks of elements. An output may be the memory of an input, at
// the same index only: ivdep tells the compiler so, which else runs element by element.
#include "portafilter/pointwise.h"

#include <math.h>

#include "shared/blocks.h"
#include "functions.h"
#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kChunk = 16384;

// An operand with the elements of `out` in the same order.
int check_like(const pf_view& operand, const pf_view& out, int dtype) {
  if (is_blocked(operand) != is_blocked(out)) return PF_INVALID;
  return is_blocked(operand) ? (same_dims(operand, out) ? check_blocked(operand) : PF_INVALID)
                             : check_plain(operand, dtype, count_of(out));
}

// Whether b is one number for all.
bool has_one_b(const pf_pointwise& p) { return p.kind == PF_POINTWISE_CLIP_NORM || p.kind == PF_POINTWISE_UNSCALE; }

bool is_function(const pf_pointwise& p) {
  return p.kind == PF_POINTWISE_FUNCTION || p.kind == PF_POINTWISE_FUNCTION_GRAD;
}

// Whether b has an element for each of a.
bool has_b(const pf_pointwise& p) {
  return p.kind == PF_POINTWISE_ADD || p.kind == PF_POINTWISE_MULTIPLY || p.kind == PF_POINTWISE_ACTIVATION_GRAD ||
         p.kind == PF_POINTWISE_FUNCTION_GRAD || p.kind == PF_POINTWISE_CLAMP_GRAD || p.kind == PF_POINTWISE_WEIGH;
}

// Whether zeros behind the last channel stay zeros.
bool keeps_zero(const pf_pointwise& p) {
  if (p.kind == PF_POINTWISE_ACTIVATION) return p.activation != PF_SIGMOID;
  if (p.kind == PF_POINTWISE_CLAMP) return p.alpha <= 0 && p.beta >= 0;
  if (is_function(p)) return function_keeps_zero(p.function);
  return p.kind != PF_POINTWISE_RESCALE || p.beta == 0;
}

int check(const void* params, Cut* out) {
  const pf_pointwise& p = *static_cast<const pf_pointwise*>(params);
  if (!is_float(p.out.dtype) || p.kind < PF_POINTWISE_ADD || p.kind > PF_POINTWISE_WEIGH) return PF_INVALID;
  if (p.function < PF_ABS || p.function >= PF_FUNCTIONS) return PF_INVALID;
  if (p.activation < PF_IDENTITY || p.activation > PF_TANH) return PF_INVALID;
  const long long count = stored(p.out);
  int status = check_plain_or_blocked(p.out, p.out.dtype);
  const bool bytes = p.kind == PF_POINTWISE_RESCALE && p.a.dtype == PF_UINT8;
  if (status == PF_OK) status = check_like(p.a, p.out, bytes ? PF_UINT8 : p.out.dtype);
  if (status == PF_OK && has_b(p)) status = check_like(p.b, p.out, p.out.dtype);
  if (status == PF_OK && has_one_b(p)) status = check_plain(p.b, p.out.dtype, 1);
  if (status != PF_OK) return status;
  if (is_blocked(p.out) && p.out.dims[1] % kPack != 0 && !keeps_zero(p)) return PF_UNSUPPORTED;
  const bool costly = is_function(p) || (p.kind == PF_POINTWISE_ACTIVATION && p.activation >= PF_SIGMOID);
  const bool reads = p.kind == PF_POINTWISE_REQUIRE_FINITE && p.out.data == p.a.data;
  out->chunks[0] = ceil_div(count, kChunk);
  out->nanoseconds[0] = static_cast<double>(count) * (costly ? 10 : reads ? 0.15 : 0.4);
  return PF_OK;
}

float hyperbolic(float x) { return tanhf(x); }
double hyperbolic(double x) { return tanh(x); }

template <class T>
void activate(int activation, const T* x, T* y, long long count) {
  if (activation == PF_RELU) {
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) y[i] = relu(x[i]);
  } else if (activation == PF_SIGMOID) {
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) y[i] = sigmoid(x[i]);
  } else if (activation == PF_TANH) {
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) y[i] = hyperbolic(x[i]);
  } else if (y != x) {
    memcpy(y, x, count * sizeof(T));
  }
}

// Every derivative from the activation's value y, so that x need not be kept.
template <class T>
void activate_grad(int activation, const T* dy, const T* y, T* dx, long long count) {
  if (activation == PF_RELU) {
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) dx[i] = y[i] <= T(0) ? T(0) : dy[i];
  } else if (activation == PF_SIGMOID) {
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) dx[i] = dy[i] * (y[i] * (T(1) - y[i]));
  } else if (activation == PF_TANH) {
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) dx[i] = dy[i] * (T(1) - y[i] * y[i]);
  } else if (dx != dy) {
    memcpy(dx, dy, count * sizeof(T));
  }
}

template <class T, class S>
void rescale(const S* a, T alpha, T beta, T* out, long long count) {
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) out[i] = alpha * static_cast<T>(a[i]) + beta;
}

template <class T>
void clamp(const T* a, T low, T high, T* out, long long count) {
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) out[i] = within(a[i], low, high);
}

template <class T>
void clamp_grad(const T* dy, const T* x, T low, T high, T* dx, long long count) {
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) dx[i] = x[i] <= low || x[i] >= high ? T(0) : dy[i];
}

uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

uint64_t bits_of(double x) {
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

// Sees whether numbers are at most so large. Bits are in the order of the sizes, NaN's behind those of infinity, and an
// integer's sum and disjunction run as vectors.
template <class T>
struct Sizes {
  typedef decltype(bits_of(T())) Bits;
  static constexpr Bits kSize = ~Bits(0) >> 1;
  const Bits room;
  Bits seen = 0;

  explicit Sizes(T most) : room(kSize - bits_of(most)) {}
  void see(T x) { seen |= (bits_of(x) & kSize) + room; }
  bool all_fit() const { return (seen & ~kSize) == 0; }
};

float largest(float) { return __FLT_MAX__; }
double largest(double) { return __DBL_MAX__; }
// The largest numbers whose squares are finite.
float largest_root(float) { return 0x1.fffffep63f; }
double largest_root(double) { return 0x1.fffffffffffffp511; }

template <class T>
bool all_fit(const T* a, bool squares, long long count) {
  Sizes<T> sizes(squares ? largest_root(T()) : largest(T()));
  for (long long i = 0; i < count; i++) sizes.see(a[i]);
  return sizes.all_fit();
}

// Divides, and says whether all quotients are finite.
template <class T>
bool unscale(const T* a, T by, T* out, long long count) {
  Sizes<T> sizes(largest(T()));
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) {
    const T x = a[i] / by;
    sizes.see(x);
    out[i] = x;
  }
  return sizes.all_fit();
}

// By what a large norm leaves of itself, which may be too small a number: then each element is divided first.
template <class T>
void clip(const T* a, T most, T norm, T* out, long long count) {
  constexpr T kSmall = sizeof(T) == 4 ? T(0x1p-100) : T(0x1p-1000);
  const T size = norm + T(1e-6), factor = most / size;
  if (factor > kSmall) {
    rescale(a, factor > T(1) ? T(1) : factor, T(0), out, count);
    return;
  }
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) out[i] = a[i] / size * most;
}

template <class T>
int run_chunk(const pf_pointwise& p, long long first, long long count) {
  const T* a = at<const T>(p.a) + first;
  const T* b = at<const T>(p.b) + (has_one_b(p) ? 0 : first);
  T* out = at<T>(p.out) + first;
  const T alpha = static_cast<T>(p.alpha), beta = static_cast<T>(p.beta);
  switch (p.kind) {
    case PF_POINTWISE_ADD:
#pragma GCC ivdep
      for (long long i = 0; i < count; i++) out[i] = a[i] + b[i];
      break;
    case PF_POINTWISE_MULTIPLY:
#pragma GCC ivdep
      for (long long i = 0; i < count; i++) out[i] = a[i] * b[i];
      break;
    case PF_POINTWISE_WEIGH:
#pragma GCC ivdep
      for (long long i = 0; i < count; i++) out[i] = weighed(a[i], b[i]);
      break;
    case PF_POINTWISE_ACTIVATION:
      activate(p.activation, a, out, count);
      break;
    case PF_POINTWISE_ACTIVATION_GRAD:
      activate_grad(p.activation, a, b, out, count);
      break;
    case PF_POINTWISE_CLAMP:
      clamp(a, alpha, beta, out, count);
      break;
    case PF_POINTWISE_CLAMP_GRAD:
      clamp_grad(a, b, alpha, beta, out, count);
      break;
    case PF_POINTWISE_FUNCTION:
      apply_function(p.function, a, alpha, out, count);
      break;
    case PF_POINTWISE_FUNCTION_GRAD:
      apply_function_grad(p.function, a, b, alpha, out, count);
      break;
    case PF_POINTWISE_CLIP_NORM:
      clip(a, alpha, b[0], out, count);
      break;
    case PF_POINTWISE_REQUIRE_FINITE:
      if (out != a) memcpy(out, a, count * sizeof(T));
      return all_fit(a, p.alpha > 0, count) ? PF_OK : PF_NOT_FINITE;
    case PF_POINTWISE_UNSCALE:
      return unscale(a, b[0], out, count) ? PF_OK : PF_OVERFLOW;
    default:
      if (p.a.dtype == PF_UINT8) {
        rescale(at<const uint8_t>(p.a) + first, alpha, beta, out, count);
      } else {
        rescale(a, alpha, beta, out, count);
      }
  }
  return PF_OK;
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_pointwise& p = *static_cast<const pf_pointwise*>(params);
  const long long total = stored(p.out);
  const long long start = first * kChunk, count = smaller(last * kChunk, total) - start;
  return p.out.dtype == PF_FLOAT32 ? run_chunk<float>(p, start, count) : run_chunk<double>(p, start, count);
}

long long workspace(const void* params) { return static_cast<const pf_pointwise*>(params)->workspace; }

}  // namespace

extern const Family pointwise_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
