// Batch normalisation: one chunk per channel does both of its passes, so that a channel's statistics never leave the
// worker. Means and sums of squared deviations are kept in double: the variance comes from a second pass over the
// channel, not from a difference of large sums. Gradients as in Ioffe and Szegedy 2015, with xhat recomputed from x:
//   dx = gamma inv_std (dy - mean(dy) - xhat mean(dy xhat)), dgamma = sum(dy xhat), dbeta = sum(dy).
#include "portafilter/norm.h"

#include "shared/blocks.h"
#include "shared/kernel.h"
#include "norm_factors.h"

namespace pf {
namespace PF_ISA {

extern const Family norm_blocks_family;  // norm_blocks.cpp

namespace {

struct Sizes {
  long long n, c, area;
  long long count() const { return n * area; }
};

Sizes sizes_of(const pf_norm& p) {
  Sizes s{p.x.dims[0], p.x.dims[1], 1};
  for (int i = 2; i < p.x.rank; i++) s.area *= p.x.dims[i];
  return s;
}

int check(const void* params, Cut* out) {
  const pf_norm& p = *static_cast<const pf_norm*>(params);
  if (!is_float(p.x.dtype) || p.x.rank < 2 || !same_dims(p.x, p.pass == PF_BACKWARD_DATA ? p.dy : p.y)) {
    return PF_INVALID;
  }
  if (!is_identity_or_relu(p.activation)) return PF_UNSUPPORTED;
  if (p.residual.data != 0 && (p.pass == PF_BACKWARD_DATA || !same_dims(p.x, p.residual))) return PF_INVALID;
  const Sizes s = sizes_of(p);
  const pf_view* forward[] = {
      &p.gamma, &p.beta, &p.mean, &p.inv_std, &p.running_mean, &p.new_mean, &p.running_variance, &p.new_variance};
  const pf_view* inference[] = {&p.gamma, &p.beta, &p.running_mean, &p.running_variance};
  const pf_view* backward[] = {&p.gamma, &p.mean, &p.inv_std, &p.dgamma, &p.dbeta};
  const pf_view** needed = p.pass == PF_FORWARD ? forward : p.pass == PF_INFERENCE ? inference : backward;
  const int count = p.pass == PF_FORWARD ? 8 : p.pass == PF_INFERENCE ? 4 : 5;
  if (p.pass != PF_FORWARD && p.pass != PF_INFERENCE && p.pass != PF_BACKWARD_DATA) return PF_INVALID;
  int status = PF_OK;
  for (int i = 0; i < count; i++) {
    status = check_plain(*needed[i], p.x.dtype, s.c);
    if (status != PF_OK) return status;
  }
  if (p.pass == PF_BACKWARD_DATA && mask_of(p) == NormMask::kInput) {
    status = check_plain(p.beta, p.x.dtype, s.c);
    if (status != PF_OK) return status;
  }
  if (is_blocked(p.x)) return run_by(norm_blocks_family, params, out);
  const pf_view* large[] = {&p.x, &p.y, &p.dx, &p.dy, &p.residual};
  const bool back = p.pass == PF_BACKWARD_DATA;
  const bool used[] = {true, !back || mask_of(p) == NormMask::kOutput, back, back, p.residual.data != 0};
  for (int i = 0; i < 5; i++) {
    if (!used[i]) continue;
    if (!same_dims(p.x, *large[i])) return PF_INVALID;
    status = check_plain(*large[i], p.x.dtype);
    if (status != PF_OK) return status;
  }
  out->numerics = PF_NUMERICS_DOUBLE_SUM;
  out->chunks[0] = s.c;
  out->nanoseconds[0] = static_cast<double>(s.c * s.count()) * 0.8;
  return PF_OK;
}

template <class T>
double sum_channel(const Sizes& s, const T* x) {
  double sum = 0;
  if (s.area == 1) {
    for (long long n = 0; n < s.n; n++) sum += static_cast<double>(x[n * s.c]);
    return sum;
  }
  for (long long n = 0; n < s.n; n++) sum += sum_of(x + n * s.c * s.area, s.area);
  return sum;
}

// The gradient of the norm's own result, of one channel: dy where the activation let it through. NaN in the output
// lets it pass.
template <class T>
struct Passed {
  const T *x, *dy, *output;
  NormFactors<T> y;
  NormMask mask;

  Passed(const pf_norm& p, const Sizes& s, long long c)
      : x(at<const T>(p.x) + c * s.area),
        dy(at<const T>(p.dy) + c * s.area),
        output(at<const T>(p.y) + (p.y.data != 0 ? c * s.area : 0)),
        y{},
        mask(mask_of(p)) {
    if (mask == NormMask::kInput) y = batch_factors<T>(p, c);
  }

  T operator()(long long i) const {
    if (mask == NormMask::kNone) return dy[i];
    const T out = mask == NormMask::kOutput ? output[i] : y.scale * x[i] + y.shift;
    return out <= T(0) ? T(0) : dy[i];
  }
};

// Sum of (x - centre) dy over a channel.
template <class T>
double centred_dot(const Sizes& s, double centre, const Passed<T>& passed) {
  double total = 0;
  for (long long n = 0; n < s.n; n++) {
    const long long at = n * s.c * s.area;
    total += sum_of_terms(s.area, [=](long long i) {
      return (static_cast<double>(passed.x[at + i]) - centre) * static_cast<double>(passed(at + i));
    });
  }
  return total;
}

// Sum of squared deviations over a channel.
template <class T>
double squares(const Sizes& s, const T* x, double centre) {
  double total = 0;
  for (long long n = 0; n < s.n; n++) {
    const T* a = x + n * s.c * s.area;
    total += sum_of_terms(s.area, [=](long long i) {
      const double d = static_cast<double>(a[i]) - centre;
      return d * d;
    });
  }
  return total;
}

// y = activation(scale x + shift + residual) over channel c.
template <class T>
void scale_channel(const pf_norm& p, const Sizes& s, long long c, const NormFactors<T>& by) {
  const T scale = by.scale, shift = by.shift;
  const bool rectify = p.activation == PF_RELU;
  const T* residual = at<const T>(p.residual);
  for (long long n = 0; n < s.n; n++) {
    const long long offset = (n * s.c + c) * s.area;
    const T* from = at<const T>(p.x) + offset;
    T* to = at<T>(p.y) + offset;
    if (residual != nullptr) {
      for (long long i = 0; i < s.area; i++) to[i] = scale * from[i] + shift + residual[offset + i];
    } else {
      for (long long i = 0; i < s.area; i++) to[i] = scale * from[i] + shift;
    }
    for (long long i = 0; i < s.area && rectify; i++) to[i] = relu(to[i]);
  }
}

template <class T>
void forward(const pf_norm& p, const Sizes& s, long long c) {
  const T* x = at<const T>(p.x) + c * s.area;
  const double count = static_cast<double>(s.count());
  const double mean = sum_channel(s, x) / count;
  const double variance = squares(s, x, mean) / count;
  const double inv_std = 1.0 / __builtin_sqrt(variance + p.epsilon);
  at<T>(p.mean)[c] = static_cast<T>(mean);
  at<T>(p.inv_std)[c] = static_cast<T>(inv_std);
  scale_channel(p, s, c, batch_factors<T>(p, c));
  const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
  const double old_mean = static_cast<double>(at<const T>(p.running_mean)[c]);
  const double old_variance = static_cast<double>(at<const T>(p.running_variance)[c]);
  at<T>(p.new_mean)[c] = static_cast<T>((1 - p.momentum) * old_mean + p.momentum * mean);
  at<T>(p.new_variance)[c] = static_cast<T>((1 - p.momentum) * old_variance + p.momentum * unbiased);
}

template <class T>
void backward(const pf_norm& p, const Sizes& s, long long c) {
  const Passed<T> passed(p, s, c);
  T* dx = at<T>(p.dx) + c * s.area;
  const double count = static_cast<double>(s.count());
  const double mean = static_cast<double>(at<const T>(p.mean)[c]);
  const double inv_std = static_cast<double>(at<const T>(p.inv_std)[c]);
  double dbeta = 0;
  for (long long n = 0; n < s.n; n++) {
    const long long at = n * s.c * s.area;
    dbeta += sum_of_terms(s.area, [=](long long i) { return static_cast<double>(passed(at + i)); });
  }
  const double dgamma = centred_dot(s, mean, passed) * inv_std;
  at<T>(p.dbeta)[c] = static_cast<T>(dbeta);
  at<T>(p.dgamma)[c] = static_cast<T>(dgamma);
  const double scale = static_cast<double>(at<const T>(p.gamma)[c]) * inv_std;
  const T k = static_cast<T>(scale);
  const T slope = static_cast<T>(-scale * inv_std * dgamma / count);
  const T constant = static_cast<T>(-scale * dbeta / count + scale * inv_std * dgamma / count * mean);
  for (long long n = 0; n < s.n; n++) {
    const long long at = n * s.c * s.area;
    for (long long i = 0; i < s.area; i++) {
      dx[at + i] = k * passed(at + i) + (slope * passed.x[at + i] + constant);
    }
  }
}

template <class T>
void run_channel(const pf_norm& p, const Sizes& s, long long c) {
  if (p.pass == PF_FORWARD) {
    forward<T>(p, s, c);
  } else if (p.pass == PF_INFERENCE) {
    scale_channel(p, s, c, running_factors<T>(p, c));
  } else {
    backward<T>(p, s, c);
  }
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_norm& p = *static_cast<const pf_norm*>(params);
  const Sizes s = sizes_of(p);
  for (long long c = first; c < last; c++) {
    p.x.dtype == PF_FLOAT32 ? run_channel<float>(p, s, c) : run_channel<double>(p, s, c);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_norm*>(params)->workspace; }

}  // namespace

extern const Family norm_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
