/* A batch norm with given statistics, folded into the weights and the bias of the convolution before it. */
#ifndef PORTAFILTER_FOLD_H
#define PORTAFILTER_FOLD_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * weights, new_weights: O x ..., all others: O values of the same float type. With scale = gamma / sqrt(variance +
 * epsilon): new_weights = scale weights, new_bias = scale (bias - mean) + beta. bias: data 0 for none.
 */
typedef struct pf_fold {
  int size;
  int reserved;
  double epsilon;
  pf_view weights;
  pf_view bias;
  pf_view gamma;
  pf_view beta;
  pf_view mean;
  pf_view variance;
  pf_view new_weights;
  pf_view new_bias;
  long long workspace;
} pf_fold;

PF_API int pf_fold_query(long long context, const pf_fold* params, pf_requirements* out);
PF_API int pf_program_fold(long long program, const pf_fold* params);

#ifdef __cplusplus
}
#endif
#endif
