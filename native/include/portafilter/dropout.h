/* Inverted dropout driven by the counter-based generator Philox4x32-10 (Salmon et al. 2011). */
#ifndef PORTAFILTER_DROPOUT_H
#define PORTAFILTER_DROPOUT_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * y[i] = keep(i) ? x[i] / (1 - rate) : 0. keep(i) depends on the seed (key), the step, the stream (a hash of the op's
 * path) and the logical position i alone: word i % 4 of Philox at counter (i / 4, stream, step) against rate * 2^32.
 * Applied to dy it is its own gradient.
 */
typedef struct pf_dropout {
  int size;
  unsigned int stream;
  double rate;
  long long seed; /* address of an int64 */
  long long step; /* address of an int64 */
  pf_view x;
  pf_view y;
  long long workspace;
} pf_dropout;

PF_API int pf_dropout_query(long long context, const pf_dropout* params, pf_requirements* out);
PF_API int pf_program_dropout(long long program, const pf_dropout* params);

#ifdef __cplusplus
}
#endif
#endif
