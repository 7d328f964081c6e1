// What normalisation multiplies by and adds: from values that the backward pass has too, so that it finds the very
// same output again.
#pragma once
#include "shared/kernel.h"
#include "portafilter/norm.h"

namespace pf {
namespace PF_ISA {

// y = scale x + shift.
template <class T>
struct NormFactors {
  T scale, shift;
};

// Of channel c under the batch's mean and inverse deviation, as stored.
template <class T>
static inline NormFactors<T> batch_factors(const pf_norm& p, long long c) {
  const double scale = static_cast<double>(at<const T>(p.gamma)[c]) * static_cast<double>(at<const T>(p.inv_std)[c]);
  const double mean = static_cast<double>(at<const T>(p.mean)[c]);
  return {static_cast<T>(scale), static_cast<T>(static_cast<double>(at<const T>(p.beta)[c]) - scale * mean)};
}

// Of channel c under the running statistics.
template <class T>
static inline NormFactors<T> running_factors(const pf_norm& p, long long c) {
  const double variance = static_cast<double>(at<const T>(p.running_variance)[c]);
  const double scale = static_cast<double>(at<const T>(p.gamma)[c]) / __builtin_sqrt(variance + p.epsilon);
  const double mean = static_cast<double>(at<const T>(p.running_mean)[c]);
  return {static_cast<T>(scale), static_cast<T>(static_cast<double>(at<const T>(p.beta)[c]) - scale * mean)};
}

// Where dy counts.
enum class NormMask { kNone, kOutput, kInput };

static inline NormMask mask_of(const pf_norm& p) {
  if (p.activation != PF_RELU) return NormMask::kNone;
  return p.y.data != 0 ? NormMask::kOutput : NormMask::kInput;
}

}  // namespace PF_ISA
}  // namespace pf
