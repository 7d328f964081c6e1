/* Two-dimensional convolution (cross-correlation): forward, gradient of the input, gradient of the weights; and
 * what is folded into its weights. */
#ifndef PORTAFILTER_CONV_H
#define PORTAFILTER_CONV_H
#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* PF_MATH_STRICT bars algorithms whose rounding error is of another kind than a sum's: Winograd's. */
enum pf_math { PF_MATH_FAST = 0, PF_MATH_STRICT = 1 };

/*
 * x, dx: N x C x H x W. w, dw: O x C/groups x kernel_h x kernel_w. y, dy: N x O x OH x OW as the window gives it.
 * PF_FORWARD reads x and w, writes y. PF_BACKWARD_DATA reads dy and w, writes dx. PF_BACKWARD_WEIGHTS reads x and dy,
 * writes dw. epilogue applies to y.
 */
typedef struct pf_conv {
  int size; /* sizeof(pf_conv) */
  int pass;
  pf_window window;
  int groups;
  int math;      /* enum pf_math */
  int prepare;   /* 1: only bring the weights into the prepared format; PF_FORWARD and PF_BACKWARD_DATA */
  int algorithm; /* enum pf_numerics: the one to use, PF_UNSUPPORTED where it cannot; PF_NUMERICS_ANY: the table chooses
                    by shape */
  pf_view x;
  pf_view w;
  pf_view y;
  pf_view dx;
  pf_view dw;
  pf_view dy;
  pf_epilogue epilogue;
  long long prepared;  /* pf_requirements.prepared bytes that a run with `prepare` filled; 0: weights are read from w */
  long long workspace; /* pf_requirements.workspace bytes */
} pf_conv;

PF_API int pf_conv_query(long long context, const pf_conv* params, pf_requirements* out);
PF_API int pf_program_conv(long long program, const pf_conv* params);

/*
 * A batch norm with given statistics, folded into the weights and the bias of the convolution before it.
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
