// Batch norms folded into weights: one chunk per output channel, scale and shift in double.
#include "portafilter/conv.h"

#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

int check(const void* params, Cut* out) {
  const pf_fold& p = *static_cast<const pf_fold*>(params);
  const int dtype = p.weights.dtype;
  if (!is_float(dtype) || p.weights.rank < 1 || !(p.epsilon >= 0)) return PF_INVALID;
  if (!same_dims(p.weights, p.new_weights)) return PF_INVALID;
  const long long channels = p.weights.dims[0];
  int status = check_plain(p.weights, dtype);
  if (status == PF_OK) status = check_plain(p.new_weights, dtype);
  const pf_view* const vectors[] = {&p.gamma, &p.beta, &p.mean, &p.variance, &p.new_bias};
  for (const pf_view* values : vectors) {
    if (status == PF_OK) status = check_plain(*values, dtype, channels);
  }
  if (status == PF_OK && p.bias.data != 0) status = check_plain(p.bias, dtype, channels);
  if (status != PF_OK) return status;
  out->chunks[0] = channels;
  out->nanoseconds[0] = static_cast<double>(count_of(p.weights)) * 0.2;
  return PF_OK;
}

template <class T>
void fold(const pf_fold& p, long long channel) {
  const double spread = static_cast<double>(at<const T>(p.variance)[channel]) + p.epsilon;
  const double scale = static_cast<double>(at<const T>(p.gamma)[channel]) / __builtin_sqrt(spread);
  const double bias = p.bias.data == 0 ? 0 : static_cast<double>(at<const T>(p.bias)[channel]);
  const double centred = bias - static_cast<double>(at<const T>(p.mean)[channel]);
  at<T>(p.new_bias)[channel] = static_cast<T>(scale * centred + static_cast<double>(at<const T>(p.beta)[channel]));
  const long long count = count_of(p.weights) / p.weights.dims[0];
  const T* from = at<const T>(p.weights) + channel * count;
  T* to = at<T>(p.new_weights) + channel * count;
  for (long long i = 0; i < count; i++) to[i] = static_cast<T>(scale) * from[i];
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_fold& p = *static_cast<const pf_fold*>(params);
  for (long long channel = first; channel < last; channel++) {
    p.weights.dtype == PF_FLOAT32 ? fold<float>(p, channel) : fold<double>(p, channel);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_fold*>(params)->workspace; }

}  // namespace

extern const Family fold_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
