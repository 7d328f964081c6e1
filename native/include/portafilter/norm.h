/* Batch normalisation over all dimensions but the channels (dimension 1): training, inference, backward. */
#ifndef PORTAFILTER_NORM_H
#define PORTAFILTER_NORM_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * x, y, dx, dy, residual: N x C x ... in one layout; all others: C values.
 * PF_FORWARD: y = activation(gamma (x - mean) inv_std + beta + residual) with the batch's mean and biased variance;
 *   writes mean, inv_std and the running statistics new = (1 - momentum) old + momentum batch, the variance unbiased
 *   (Ioffe and Szegedy 2015). old and new may be the same memory, y and residual too.
 * PF_INFERENCE: y = activation(gamma (x - running_mean) / sqrt(running_variance + epsilon) + beta + residual).
 * PF_BACKWARD_DATA: reads x, dy, gamma, mean, inv_std; writes dx, dgamma, dbeta. Where the activation is PF_RELU, dy
 *   counts only where the forward pass's y is not zero or less: y is given, or, with data 0 and where no residual was
 *   added, found again from x and beta, to the bit. dx may be the memory of dy.
 */
typedef struct pf_norm {
  int size;
  int pass;
  int activation; /* PF_IDENTITY or PF_RELU */
  int reserved;
  double epsilon;
  double momentum;
  pf_view x;
  pf_view y;
  pf_view dx;
  pf_view dy;
  pf_view gamma;
  pf_view beta;
  pf_view mean;
  pf_view inv_std;
  pf_view running_mean;
  pf_view running_variance;
  pf_view new_mean;
  pf_view new_variance;
  pf_view dgamma;
  pf_view dbeta;
  pf_view residual; /* data 0: none; forward and inference only */
  long long workspace;
} pf_norm;

PF_API int pf_norm_query(long long context, const pf_norm* params, pf_requirements* out);
PF_API int pf_program_norm(long long program, const pf_norm* params);

#ifdef __cplusplus
}
#endif
#endif
