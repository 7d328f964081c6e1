/* Softmax over the last dimension, its cross-entropy with class labels, and the count of correct rankings. */
#ifndef PORTAFILTER_SOFTMAX_H
#define PORTAFILTER_SOFTMAX_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

enum pf_softmax_kind {
  PF_SOFTMAX = 0,                    /* out (N x C) = softmax(x) */
  PF_SOFTMAX_GRAD = 1,               /* out = y (dy - sum(dy y)), x = y, dy = dy */
  PF_SOFTMAX_CROSS_ENTROPY = 2,      /* loss = mean over rows of -log softmax(x)[label]; out = softmax(x) */
  PF_SOFTMAX_CROSS_ENTROPY_GRAD = 3, /* out = dloss (x - onehot(label)) / N, x = probabilities */
  PF_TOP_COUNT = 4,                  /* loss = number of rows whose label ranks among the `top` largest of x */
  PF_LOG_SOFTMAX = 5,                /* out = log softmax(x) */
  PF_LOG_SOFTMAX_GRAD = 6,           /* out = dy - exp(y) sum(dy), x = y, dy = dy */
  PF_ONE_HOT = 7                     /* out = (1 - smoothing) onehot(label) + smoothing / C; 0 where label = ignored */
};

/*
 * x, dy, out: N x C. labels: N int32 in [0, C), else the program stops with PF_LABEL_RANGE. loss: one value; read as
 * dloss by PF_SOFTMAX_CROSS_ENTROPY_GRAD. Ties rank the lower class first. PF_ONE_HOT reads no x.
 */
typedef struct pf_softmax {
  int size;
  int kind;
  int top;
  int ignored; /* a label, which need not be in [0, C); below 0: none */
  double smoothing;
  pf_view x;
  pf_view dy;
  pf_view labels;
  pf_view loss;
  pf_view out;
  long long workspace;
} pf_softmax;

PF_API int pf_softmax_query(long long context, const pf_softmax* params, pf_requirements* out);
PF_API int pf_program_softmax(long long program, const pf_softmax* params);

#ifdef __cplusplus
}
#endif
#endif
