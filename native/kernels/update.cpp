// Optimizer updates, elementwise in fixed chunks; every new value may overwrite the old one. ivdep: it does so
// at the same index only, and without the word the compiler runs element by element.
#include "portafilter/update.h"

#include <math.h>

#include "kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kChunk = 16384;

int check(const void* params, Layout* out) {
  const pf_update& p = *static_cast<const pf_update*>(params);
  if (p.kind < PF_UPDATE_SGD || p.kind > PF_UPDATE_ADAM || !is_float(p.parameter.dtype)) return PF_INVALID;
  if (p.learning_rate == 0 || (p.kind == PF_UPDATE_ADAM && p.step == 0)) return PF_INVALID;
  const long long count = count_of(p.parameter);
  const pf_view* const views[] = {&p.parameter, &p.gradient, &p.new_parameter, &p.first,
                                  &p.new_first, &p.second,   &p.new_second};
  const int needed = p.kind == PF_UPDATE_SGD ? 3 : p.kind == PF_UPDATE_ADAM ? 7 : 5;
  for (int i = 0; i < needed; i++) {
    int status = check_plain(*views[i], p.parameter.dtype, count);
    if (status != PF_OK) return status;
  }
  out->chunks[0] = ceil_div(count, kChunk);
  out->nanoseconds[0] = static_cast<double>(count) * 0.6;
  return PF_OK;
}

float root(float x) { return __builtin_sqrtf(x); }
double root(double x) { return __builtin_sqrt(x); }

template <class T>
void run_chunk(const pf_update& p, long long start, long long count) {
  const T* w = at<const T>(p.parameter) + start;
  const T* dw = at<const T>(p.gradient) + start;
  const T* first = at<const T>(p.first) + start;
  const T* second = at<const T>(p.second) + start;
  T* new_w = at<T>(p.new_parameter) + start;
  T* new_first = at<T>(p.new_first) + start;
  T* new_second = at<T>(p.new_second) + start;
  const double rate = *at<const double>(p.learning_rate);
  const T lr = static_cast<T>(rate), decay = static_cast<T>(p.weight_decay), momentum = static_cast<T>(p.momentum);
  if (p.kind == PF_UPDATE_SGD) {
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) new_w[i] = w[i] - lr * (dw[i] + decay * w[i]);
  } else if (p.kind == PF_UPDATE_ADAM) {
    const double t = static_cast<double>(*at<const int64_t>(p.step) + 1);
    // 1 - beta^t without cancellation.
    const double correction1 = -expm1(t * log(p.momentum)), correction2 = -expm1(t * log(p.beta2));
    const T size = static_cast<T>(rate / correction1), inverse2 = static_cast<T>(1.0 / correction2);
    const T beta1 = momentum, beta2 = static_cast<T>(p.beta2), epsilon = static_cast<T>(p.epsilon);
    const T rest1 = static_cast<T>(1.0 - p.momentum), rest2 = static_cast<T>(1.0 - p.beta2);
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) {
      const T g = dw[i] + decay * w[i];
      const T m = beta1 * first[i] + rest1 * g;
      const T v = beta2 * second[i] + rest2 * (g * g);
      new_first[i] = m;
      new_second[i] = v;
      new_w[i] = w[i] - size * m / (root(v * inverse2) + epsilon);
    }
  } else {
    const bool nesterov = p.kind == PF_UPDATE_NESTEROV;
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) {
      const T g = dw[i] + decay * w[i];
      const T v = momentum * first[i] + g;
      new_first[i] = v;
      new_w[i] = w[i] - lr * (nesterov ? g + momentum * v : v);
    }
  }
}

int run(const void* params, const Layout&, int, long long first, long long last, char*) {
  const pf_update& p = *static_cast<const pf_update*>(params);
  const long long total = count_of(p.parameter);
  const long long start = first * kChunk, count = smaller(last * kChunk, total) - start;
  p.parameter.dtype == PF_FLOAT32 ? run_chunk<float>(p, start, count) : run_chunk<double>(p, start, count);
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_update*>(params)->workspace; }

}  // namespace

extern const Family update_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
