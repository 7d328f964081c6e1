// exp of numbers up to 0, without branches, so that loops over it become vectors: x = n ln 2 + r with |r| <= ln 2 / 2,
// a polynomial of degree 7 in r (Cephes' expf, Moshier 1992), and n in the exponent. Within 2 units in the last place;
// below ln of the smallest normal number the result is 0, as it is with denormals flushed. float64 is the C library's.
#pragma once
#include <math.h>

#include "kernel.h"

namespace pf {
namespace PF_ISA {

// e^x = (1 + rest) scale.
struct Exponential {
  float rest, scale;
};

static inline Exponential exponential(float within) {
  constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float shifted = PF_FMA(within, 1.44269504f, kRound);
  const float n = shifted - kRound;
  const float r = PF_FMA(n, 2.12194440e-4f, PF_FMA(n, -0.693359375f, within));
  float p = PF_FMA(1.9875691500e-4f, r, 1.3981999507e-3f);
  p = PF_FMA(p, r, 8.3334519073e-3f);
  p = PF_FMA(p, r, 4.1665795894e-2f);
  p = PF_FMA(p, r, 1.6666665459e-1f);
  p = PF_FMA(p, r, 5.0000001201e-1f);
  int32_t bits;
  memcpy(&bits, &shifted, sizeof bits);
  // As unsigned: a NaN's bits may be anything.
  const uint32_t power = (static_cast<uint32_t>(bits) - 0x4B400000u + 127u) << 23;
  float scale;
  memcpy(&scale, &power, sizeof scale);
  return {PF_FMA(p, r * r, r), scale};
}

constexpr float kLeastExponent = -87.3365402f;

static inline float exp_below_zero(float x) {
  const Exponential e = exponential(x < kLeastExponent ? kLeastExponent : x);
  return x < kLeastExponent ? 0.0f : (e.rest + 1.0f) * e.scale;
}

// e^x - 1 without cancellation, for numbers up to 0.
static inline float expm1_below_zero(float x) {
  const Exponential e = exponential(x < kLeastExponent ? kLeastExponent : x);
  return x < kLeastExponent ? -1.0f : PF_FMA(e.rest, e.scale, e.scale - 1.0f);
}

static inline double exp_below_zero(double x) { return exp(x); }
static inline double expm1_below_zero(double x) { return expm1(x); }

}  // namespace PF_ISA
}  // namespace pf
