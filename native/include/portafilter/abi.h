/* What every header of the native ABI shares: version, element types, tensor views. */
#ifndef PORTAFILTER_ABI_H
#define PORTAFILTER_ABI_H
#include "codes.h"

#define PF_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a struct or a function below changes meaning; Java refuses another number. */
#define PF_ABI_VERSION 9

enum pf_dtype { PF_FLOAT32 = 0, PF_FLOAT64 = 1, PF_UINT8 = 2, PF_INT32 = 3, PF_INT64 = 4 };

/* Order of a tensor's dimensions in memory; PF_PLAIN is row-major over the logical dimensions. */
enum pf_order { PF_PLAIN = 0, PF_CHANNEL_BLOCKS = 1 };

enum pf_pass { PF_FORWARD = 0, PF_BACKWARD_DATA = 1, PF_BACKWARD_WEIGHTS = 2, PF_INFERENCE = 3 };

/*
 * A packed tensor in memory. Dimensions are logical (N, C, H, W). PF_CHANNEL_BLOCKS is float32 or int32 of rank 4, in
 * memory N x ceil(C/16) x H x W x 16, with zeros behind the last channel; convolution, pooling, norms, sums, reorders
 * and what works element by element take it.
 */
typedef struct pf_view {
  int dtype;
  int order;
  int rank;
  int reserved;
  long long dims[8];
  long long data; /* address of the first element; 0: absent */
} pf_view;

/*
 * A window sliding over rows and columns. Output size in each direction:
 * floor((size + before + after - dilation (kernel - 1) - 1) / stride + 1).
 */
typedef struct pf_window {
  int kernel_h;
  int kernel_w;
  int stride_h;
  int stride_w;
  int pad_top;
  int pad_left;
  int pad_bottom;
  int pad_right;
  int dilation_h;
  int dilation_w;
} pf_window;

/* Applied to an output before it is stored, in this order: bias, add, activation. */
typedef struct pf_epilogue {
  int activation; /* PF_IDENTITY or PF_RELU */
  int reserved;
  long long bias; /* address of one value per output channel; 0: none */
  long long add;  /* address of a value in the output's type and layout, or the output itself; 0: none */
} pf_epilogue;

/* The answer of a family's query. */
typedef struct pf_requirements {
  long long workspace; /* bytes the command needs at its workspace address for the context's thread count */
  long long chunks;    /* fixed chunks of the widest stage: a function of shape only */
  int stages;
  int numerics;       /* enum pf_numerics */
  long long prepared; /* bytes of what can be prepared once and read by many runs; 0: nothing */
} pf_requirements;

/* Names everything that decides the bits of a result; equal numbers on one ISA mean equal bits. */
enum pf_numerics {
  PF_NUMERICS_ANY = 0,              /* as a wish: none; never an answer */
  PF_NUMERICS_EXACT = 1,            /* moves, maxima and elementwise formulas */
  PF_NUMERICS_TILED_COLUMNS = 2,    /* cache-tiled im2col feeding OpenBLAS */
  PF_NUMERICS_POINTWISE_GEMM = 3,   /* 1x1 convolution as a plain OpenBLAS product */
  PF_NUMERICS_DEPTHWISE = 4,        /* direct sum over the window, planes as they are */
  PF_NUMERICS_DEPTHWISE_BLOCKS = 5, /* direct sum over the window, over channel blocks */
  PF_NUMERICS_BLAS_TILES = 6,       /* matrix product cut in fixed tiles, OpenBLAS inside */
  PF_NUMERICS_DOT_ROWS = 7,         /* few-row product as lane-split dot products */
  PF_NUMERICS_DOUBLE_SUM = 8,       /* sums kept in double, merged in chunk order */
  PF_NUMERICS_DIRECT = 9,           /* convolution summed tap by tap in registers */
  PF_NUMERICS_BLOCKED = 10,         /* convolution over channel blocks summed in registers */
  PF_NUMERICS_WINOGRAD = 11,        /* convolution over channel blocks by F(4x4, 3x3) */
  PF_NUMERICS_TILES = 12            /* matrix product summed in registers */
};

/* The name of one of enum pf_numerics ("winograd"), null for another number. The text is static. */
PF_API const char* pf_numerics_name(int numerics);

/* Whether OpenBLAS multiplies in it, so that its kernels are part of what decides the bits. */
PF_API int pf_numerics_by_blas(int numerics);

#ifdef __cplusplus
}
#endif
#endif
