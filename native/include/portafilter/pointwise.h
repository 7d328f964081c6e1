/* Formulas of each element alone. */
#ifndef PORTAFILTER_POINTWISE_H
#define PORTAFILTER_POINTWISE_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_pointwise_kind {
  PF_POINTWISE_ADD = 0,             /* out = a + b */
  PF_POINTWISE_MULTIPLY = 1,        /* out = a b */
  PF_POINTWISE_ACTIVATION = 2,      /* out = activation(a) */
  PF_POINTWISE_ACTIVATION_GRAD = 3, /* out = a activation'(.), with b = activation(.) */
  PF_POINTWISE_RESCALE = 4,         /* out = alpha a + beta; a may be uint8 */
  PF_POINTWISE_CLAMP = 5,           /* out = a, at least alpha and at most beta; NaN stays */
  PF_POINTWISE_CLIP_NORM = 6,       /* out = a min(1, alpha / (b + 1e-6)), with one b for all */
  PF_POINTWISE_REQUIRE_FINITE = 7,  /* out = a, and PF_NOT_FINITE where an a, or with alpha above 0 its square, is
                                       infinite or NaN; where out is a's memory nothing is written */
  PF_POINTWISE_UNSCALE = 8,  /* out = a / b, with one b for all, and PF_OVERFLOW where an out is infinite or NaN */
  PF_POINTWISE_FUNCTION = 9, /* out = function(a) */
  PF_POINTWISE_FUNCTION_GRAD = 10, /* out = a function'(b), and 0 where a is 0, whatever function'(b) is */
  PF_POINTWISE_CLAMP_GRAD = 11,    /* out = a where alpha < b < beta, else 0 */
  PF_POINTWISE_WEIGH = 12          /* out = a b, and 0 where b is 0, whatever a is */
};

/* All tensors but the b of PF_POINTWISE_CLIP_NORM and PF_POINTWISE_UNSCALE have the same number of elements; out may be
 * the memory of a or of b (of equal dtype). */
typedef struct pf_pointwise {
  int size;
  int kind;
  int activation;
  int function; /* enum pf_function */
  double alpha;
  double beta;
  pf_view a;
  pf_view b;
  pf_view out;
  long long workspace;
} pf_pointwise;

PF_API int pf_pointwise_query(long long context, const pf_pointwise* params, pf_requirements* out);
PF_API int pf_program_pointwise(long long program, const pf_pointwise* params);

#ifdef __cplusplus
}
#endif
#endif
