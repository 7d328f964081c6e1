// Elementwise formulas over flat arrays, in fixed chunks of elements. An output may be the memory of an input, at
// the same index only: ivdep tells the compiler so, which else runs element by element.
#include "portafilter/pointwise.h"

#include <math.h>

#include "blocks.h"
#include "functions.h"
#include "kernel.h"

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
         p.kind == PF_POINTWISE_FUNCTION_GRAD || p.kind == PF_POINTWISE_CLAMP_GRAD;
}

// Whether zeros behind the last channel stay zeros.
bool keeps_zero(const pf_pointwise& p) {
  if (p.kind == PF_POINTWISE_ACTIVATION) return p.activation != PF_SIGMOID;
  if (p.kind == PF_POINTWISE_CLAMP) return p.alpha <= 0 && p.beta >= 0;
  if (is_function(p)) return function_keeps_zero(p.function);
  return p.kind != PF_POINTWISE_RESCALE || p.beta == 0;
}

int check(const void* params, Layout* out) {
  const pf_pointwise& p = *static_cast<const pf_pointwise*>(params);
  if (!is_float(p.out.dtype) || p.kind < PF_POINTWISE_ADD || p.kind > PF_POINTWISE_CLAMP_GRAD) return PF_INVALID;
  if (p.function < PF_ABS || p.function > PF_HUBER) return PF_INVALID;
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
  out->chunks[0] = ceil_div(count, kChunk);
  out->nanoseconds[0] = static_cast<double>(count) * (costly ? 10 : 0.4);
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

// Whether all of a is finite; out is a / by, or a itself, which a division would change where it is denormal.
template <class T, bool kScales>
bool check_finite(const T* a, T by, T* out, long long count) {
  T sum = 0;
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) {
    sum += a[i] * T(0);
    out[i] = kScales ? a[i] / by : a[i];
  }
  return sum == T(0);
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
    case PF_POINTWISE_CLIP_NORM: {
      const T factor = alpha / (b[0] + T(1e-6));
      rescale(a, factor > T(1) ? T(1) : factor, T(0), out, count);
      break;
    }
    case PF_POINTWISE_REQUIRE_FINITE:
      return check_finite<T, false>(a, T(1), out, count) ? PF_OK : PF_NOT_FINITE;
    case PF_POINTWISE_UNSCALE:
      return check_finite<T, true>(a, b[0], out, count) ? PF_OK : PF_OVERFLOW;
    default:
      if (p.a.dtype == PF_UINT8) {
        rescale(at<const uint8_t>(p.a) + first, alpha, beta, out, count);
      } else {
        rescale(a, alpha, beta, out, count);
      }
  }
  return PF_OK;
}

int run(const void* params, const Layout&, int, long long first, long long last, char*) {
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
