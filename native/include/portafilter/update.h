/* Optimizer updates. Learning rate and step are read at run time from float64 / int64 scalars. */
#ifndef PORTAFILTER_UPDATE_H
#define PORTAFILTER_UPDATE_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_update_kind { PF_UPDATE_SGD = 0, PF_UPDATE_MOMENTUM = 1, PF_UPDATE_NESTEROV = 2, PF_UPDATE_ADAM = 3 };

/*
 * g = gradient + weight_decay * parameter.
 * SGD:      w' = w - lr g.
 * MOMENTUM: v' = momentum v + g;  w' = w - lr v'            (Polyak 1964, velocity in units of the gradient)
 * NESTEROV: v' = momentum v + g;  w' = w - lr (g + momentum v')
 * ADAM:     m' = beta1 m + (1 - beta1) g; v' = beta2 v + (1 - beta2) g^2; t = step + 1;
 *           w' = w - lr (m' / (1 - beta1^t)) / (sqrt(v' / (1 - beta2^t)) + epsilon)   (Kingma and Ba 2015)
 * Each new value may be the memory of the old one.
 */
typedef struct pf_update {
  int size;
  int kind;
  double momentum; /* also beta1 */
  double beta2;
  double epsilon;
  double weight_decay;
  long long learning_rate; /* address of a float64 */
  long long step;          /* address of an int64: updates done so far */
  pf_view parameter;
  pf_view gradient;
  pf_view first;  /* velocity or first moment */
  pf_view second; /* second moment */
  pf_view new_parameter;
  pf_view new_first;
  pf_view new_second;
  long long workspace;
} pf_update;

PF_API int pf_update_query(long long context, const pf_update* params, pf_requirements* out);
PF_API int pf_program_update(long long program, const pf_update* params);

#ifdef __cplusplus
}
#endif
#endif
