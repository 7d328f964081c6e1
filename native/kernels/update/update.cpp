// Optimizer updates, elementwise in fixed chunks; every new value may overwrite the old one. ivdep: it does so
// at the same index only, and without the word the compiler runs element by element.
#include "portafilter/update.h"

#include <math.h>

#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

inline float root_of(float x) { return __builtin_sqrtf(x); }
inline double root_of(double x) { return __builtin_sqrt(x); }

#include "../../formulas/updates.h"

constexpr long long kChunk = 16384;

int check(const void* params, Cut* out) {
  const pf_update& p = *static_cast<const pf_update*>(params);
  if (p.kind < PF_UPDATE_TRUST || p.kind >= PF_UPDATE_RULES || !is_float(p.parameter.dtype)) return PF_INVALID;
  if (p.learning_rate == 0 || (p.kind != PF_UPDATE_TRUST && p.step == 0)) return PF_INVALID;
  if (!(p.momentum_decay >= 0)) return PF_INVALID;
  const int dtype = p.parameter.dtype;
  const long long count = count_of(p.parameter);
  const pf_view* const values[] = {&p.parameter, &p.gradient, &p.new_parameter};
  const pf_view* const moments[] = {&p.first, &p.new_first, &p.second, &p.new_second, &p.third, &p.new_third};
  int status = PF_OK;
  for (int i = 0; status == PF_OK && i < 3; i++) status = check_plain(*values[i], dtype, count);
  if (p.kind == PF_UPDATE_TRUST) {
    if (status == PF_OK) status = check_plain(p.first, dtype, 1);
    if (status == PF_OK) status = check_plain(p.second, dtype, 1);
  } else {
    for (int i = 0; status == PF_OK && i < 2 * moments_of(p.kind); i++) status = check_plain(*moments[i], dtype, count);
  }
  out->chunks[0] = ceil_div(count, kChunk);
  out->nanoseconds[0] = static_cast<double>(count) * 0.6;
  return status;
}

double rate_of(const pf_update& p) { return *at<const double>(p.learning_rate) * p.rate_scale; }

// NAdam's share of the mean in update t.
double mean_of(const pf_update& p, double t) { return p.momentum * (1 - 0.5 * pow(kNadamBase, t * p.momentum_decay)); }

// The logarithm of the product of these over updates 1 to t, with no more work for a large t: with q = 0.96^decay the
// sum of log(1 - q^i / 2) over i is that of -2^-k / k times q^k (1 - q^(kt)) / (1 - q^k) over k. 1 - q^k and 1 - q^(kt)
// grow from their first by additions alone, so that nothing cancels where q is almost 1.
double log_product(const pf_update& p, double t) {
  constexpr int kTerms = 60;
  const double exponent = p.momentum_decay * log(kNadamBase);
  const double q = exp(exponent), first = -expm1(exponent), all = exp(t * exponent), first_all = -expm1(t * exponent);
  double power = q, rest = first, power_all = all, rest_all = first_all, half = 0.5, sum = 0;
  for (int k = 1; k <= kTerms; k++) {
    sum -= half / k * power * (exponent < 0 ? rest_all / rest : t);
    rest += power * first;
    rest_all += power_all * first_all;
    power *= q;
    power_all *= all;
    half *= 0.5;
  }
  return t * log(p.momentum) + sum;
}

template <class T>
Factors<T> factors_of(const pf_update& p) {
  const double lr = rate_of(p), t = static_cast<double>(*at<const int64_t>(p.step) + 1);
  // 1 - beta^t without cancellation.
  const double correction1 = -expm1(t * log(p.momentum)), correction2 = -expm1(t * log(p.beta2));
  Factors<T> f = {};
  f.rate = static_cast<T>(lr);
  f.keep = static_cast<T>(1 - lr * p.decoupled_decay);
  f.decay = static_cast<T>(p.weight_decay);
  f.decoupled = static_cast<T>(p.decoupled_decay);
  f.momentum = static_cast<T>(p.momentum);
  f.rest1 = static_cast<T>(1.0 - p.momentum);
  f.beta2 = static_cast<T>(p.beta2);
  f.rest2 = static_cast<T>(1.0 - p.beta2);
  f.epsilon = static_cast<T>(p.epsilon);
  f.size = static_cast<T>(lr / correction1);
  f.inverse2 = static_cast<T>(1.0 / correction2);
  f.direct = static_cast<T>(1.0 / correction1);
  if (p.kind == PF_UPDATE_NADAM) {
    const double product = log_product(p, t), mean = mean_of(p, t), next = mean_of(p, t + 1);
    f.ahead = static_cast<T>(lr * next / -expm1(product + log(next)));
    f.now = static_cast<T>(lr * (1.0 - mean) / -expm1(product));
  }
  return f;
}

template <int kKind, class T>
void update(const pf_update& p, long long start, long long count) {
  constexpr int kMoments = moments_of(kKind);
  const Factors<T> f = factors_of<T>(p);
  const T* w = at<const T>(p.parameter) + start;
  const T* dw = at<const T>(p.gradient) + start;
  const T* first = at<const T>(p.first) + start;
  const T* second = at<const T>(p.second) + start;
  const T* third = at<const T>(p.third) + start;
  T* new_w = at<T>(p.new_parameter) + start;
  T* new_first = at<T>(p.new_first) + start;
  T* new_second = at<T>(p.new_second) + start;
  T* new_third = at<T>(p.new_third) + start;
#pragma GCC ivdep
  for (long long i = 0; i < count; i++) {
    Element<T> e = {w[i], T(0), T(0), T(0)};
    if (kMoments > 0) e.a = first[i];
    if (kMoments > 1) e.b = second[i];
    if (kMoments > 2) e.c = third[i];
    e = updated(kKind, e, dw[i], f);
    if (kMoments > 0) new_first[i] = e.a;
    if (kMoments > 1) new_second[i] = e.b;
    if (kMoments > 2) new_third[i] = e.c;
    new_w[i] = e.w;
  }
}

// Where the ratio of the norms fits no number the direction is divided by its own first.
template <class T>
void trust(const pf_update& p, long long start, long long count) {
  constexpr T kSmall = sizeof(T) == 4 ? T(0x1p-100) : T(0x1p-1000);
  const T size = *at<const T>(p.first), direction = *at<const T>(p.second);
  const T rate = static_cast<T>(rate_of(p));
  const bool follows = size > T(0) && direction > T(0);
  const T ratio = follows ? size / direction : T(1);
  const T* w = at<const T>(p.parameter) + start;
  const T* dw = at<const T>(p.gradient) + start;
  T* new_w = at<T>(p.new_parameter) + start;
  if (ratio > kSmall && ratio < T(1) / kSmall) {
    const T step = rate * ratio;
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) new_w[i] = w[i] - step * dw[i];
  } else {
    const T step = rate * size;
#pragma GCC ivdep
    for (long long i = 0; i < count; i++) new_w[i] = w[i] - step * (dw[i] / direction);
  }
}

// The update of one of enum pf_update_kind, counted down from the last with moments.
template <class T, int kKind = PF_UPDATE_RULES - 1>
void run_chunk(const pf_update& p, long long start, long long count) {
  if (p.kind == PF_UPDATE_TRUST) {
    trust<T>(p, start, count);
  } else if (p.kind == kKind) {
    update<kKind, T>(p, start, count);
  } else if constexpr (kKind > 0) {
    run_chunk<T, kKind - 1>(p, start, count);
  }
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
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
