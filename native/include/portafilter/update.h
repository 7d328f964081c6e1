/* Optimizer updates. Learning rate and step are read at run time from float64 / int64 scalars. */
#ifndef PORTAFILTER_UPDATE_H
#define PORTAFILTER_UPDATE_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * lr = learning rate times rate_scale; g = gradient + weight_decay w; k = 1 - lr decoupled_decay; t = step + 1;
 * a, b, c: first, second and third moment.
 * Each new value may be the memory of the old one, but that of PF_UPDATE_LAMB, which is no parameter.
 */
enum pf_update_kind {
  PF_UPDATE_SGD = 0,      /* w' = k w - lr g */
  PF_UPDATE_MOMENTUM = 1, /* a' = momentum a + g; w' = k w - lr a' (Polyak 1964, in units of the gradient) */
  PF_UPDATE_NESTEROV = 2, /* a' = momentum a + g; w' = k w - lr (g + momentum a') */
  PF_UPDATE_ADAM = 3,     /* a' = momentum a + (1 - momentum) g; b' = beta2 b + (1 - beta2) g^2;
                             w' = k w - lr (a' / (1 - momentum^t)) / (sqrt(b' / (1 - beta2^t)) + epsilon) */
  PF_UPDATE_AMSGRAD = 4,  /* as ADAM with c' = max(c, b') in the root's place of b' (Reddi et al. 2018) */
  PF_UPDATE_NADAM = 5,    /* as ADAM with mu_(t+1) a' / (1 - M_(t+1)) + (1 - mu_t) g / (1 - M_t) in the place of
                             a' / (1 - momentum^t), where mu_t = momentum (1 - 0.96^(t momentum_decay) / 2) and M_t is
                             the product of mu_1 to mu_t (Dozat 2016) */
  PF_UPDATE_ADAGRAD = 6,  /* a' = a + g^2; w' = k w - lr g / (sqrt(a') + epsilon) (Duchi et al. 2011) */
  PF_UPDATE_RMSPROP = 7,  /* a' = beta2 a + (1 - beta2) g^2; w' = k w - lr g / (sqrt(a') + epsilon) (Hinton 2012) */
  PF_UPDATE_RMSPROP_MOMENTUM = 8, /* a' as RMSPROP; b' = momentum b + g / (sqrt(a') + epsilon); w' = k w - lr b' */
  PF_UPDATE_ADADELTA = 9,         /* a' as RMSPROP; d = g sqrt(b + epsilon) / sqrt(a' + epsilon);
                                     b' = beta2 b + (1 - beta2) d^2; w' = k w - lr d (Zeiler 2012) */
  PF_UPDATE_LION = 10,            /* w' = k w - lr sign(momentum a + (1 - momentum) g); a' = beta2 a + (1 - beta2) g
                                     (Chen et al. 2023) */
  PF_UPDATE_LAMB = 11, /* a', b' as ADAM; new_parameter = (a' / (1 - momentum^t)) / (sqrt(b' / (1 - beta2^t)) +
                          epsilon) + decoupled_decay w: the direction of You et al. 2020 */
  PF_UPDATE_TRUST = 12 /* w' = w - lr (a / b) gradient, a and b one number each: the norms of w and of the
                          direction; 1 for a / b where either is 0 */
};

typedef struct pf_update {
  int size;
  int kind;
  double momentum; /* also beta1 */
  double beta2;
  double epsilon;
  double weight_decay;
  double decoupled_decay;
  double rate_scale;
  double momentum_decay;   /* at least 0 */
  long long learning_rate; /* address of a float64 */
  long long step;          /* address of an int64: updates done so far */
  pf_view parameter;
  pf_view gradient;
  pf_view first;
  pf_view second;
  pf_view third;
  pf_view new_parameter;
  pf_view new_first;
  pf_view new_second;
  pf_view new_third;
  long long workspace;
} pf_update;

PF_API int pf_update_query(long long context, const pf_update* params, pf_requirements* out);
PF_API int pf_program_update(long long program, const pf_update* params);

#ifdef __cplusplus
}
#endif
#endif
