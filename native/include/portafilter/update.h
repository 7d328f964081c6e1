/* Optimizer updates. Learning rate and step are read at run time from float64 / int64 scalars. */
#ifndef PORTAFILTER_UPDATE_H
#define PORTAFILTER_UPDATE_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

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
