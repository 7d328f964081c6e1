/* What every header of the native ABI shares: version, status codes, element types, tensor views. */
#ifndef PORTAFILTER_ABI_H
#define PORTAFILTER_ABI_H

#define PF_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a struct or a function below changes meaning; Java refuses another number. */
#define PF_ABI_VERSION 8

enum pf_status {
  PF_OK = 0,
  PF_INVALID = 1,       /* a descriptor contradicts itself */
  PF_UNSUPPORTED = 2,   /* a well-formed descriptor asks for what this build cannot do */
  PF_OUT_OF_MEMORY = 3, /* the system refused a mapping */
  PF_CANCELLED = 4,     /* pf_program_cancel was called */
  PF_BLAS_THREADS = 5,  /* another library raised OpenBLAS's thread count */
  PF_LABEL_RANGE = 6,   /* a class label lies outside [0, classes) */
  PF_THREAD_START = 7,  /* the system refused a worker thread */
  PF_NOT_FINITE = 8,    /* a value that must be finite is infinite or NaN */
  PF_OVERFLOW = 9       /* a scaled gradient is infinite or NaN */
};

enum pf_dtype { PF_FLOAT32 = 0, PF_FLOAT64 = 1, PF_UINT8 = 2, PF_INT32 = 3, PF_INT64 = 4 };

/* Order of a tensor's dimensions in memory; PF_PLAIN is row-major over the logical dimensions. */
enum pf_order { PF_PLAIN = 0, PF_CHANNEL_BLOCKS = 1, PF_CHANNELS_LAST = 2 };

/*
 * A tensor in memory. Dimensions are logical (N, C, H, W). PF_PLAIN has block 1, halo 0, channel_offset 0 and packed
 * strides (or all strides 0, which means the same). PF_CHANNEL_BLOCKS is float32 or int32 of rank 4 with block 16, in
 * memory N x ceil(C/16) x H x W x 16, with zeros behind the last channel; convolution, pooling, norms, sums, reorders
 * and what works element by element take it. The other fields are validated and refused with PF_UNSUPPORTED.
 */
typedef struct pf_view {
  int dtype;
  int order;
  int block;
  int rank;
  int halo;
  int reserved;
  long long dims[8];
  long long strides[8];
  long long channel_offset;
  long long region; /* bytes the view may touch; 0: exactly the packed size */
  long long data;   /* address of the first element; 0: absent */
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

/* Applied to an input while it is loaded. PF_PROLOGUE_NONE is the only kind of this version. */
enum pf_prologue_kind { PF_PROLOGUE_NONE = 0 };
typedef struct pf_prologue {
  int kind;
  int activation;
  long long scale;
  long long shift;
} pf_prologue;

enum pf_activation { PF_IDENTITY = 0, PF_RELU = 1, PF_SIGMOID = 2, PF_TANH = 3 };

/* Applied to an output before it is stored, in this order: bias, scale-shift, add, activation. */
typedef struct pf_epilogue {
  int activation; /* enum pf_activation; PF_IDENTITY and PF_RELU are implemented */
  int reserved;
  long long bias;       /* address of one value per output channel; 0: none */
  long long scale;      /* not implemented: must be 0 */
  long long shift;      /* not implemented: must be 0 */
  long long add;        /* address of a value in the output's type and layout, or the output itself; 0: none */
  long long statistics; /* not implemented: must be 0 */
  long long mask;       /* not implemented: must be 0 */
  long long pool;       /* not implemented: must be 0 */
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
  PF_NUMERICS_EXACT = 0,          /* moves, maxima and elementwise formulas */
  PF_NUMERICS_TILED_COLUMNS = 1,  /* cache-tiled im2col feeding OpenBLAS */
  PF_NUMERICS_POINTWISE_GEMM = 2, /* 1x1 convolution as a plain OpenBLAS product */
  PF_NUMERICS_DEPTHWISE = 3,      /* direct sum over the window */
  PF_NUMERICS_BLAS_TILES = 4,     /* matrix product cut in fixed tiles, OpenBLAS inside */
  PF_NUMERICS_DOT_ROWS = 5,       /* few-row product as lane-split dot products */
  PF_NUMERICS_DOUBLE_SUM = 6,     /* sums kept in double, merged in chunk order */
  PF_NUMERICS_DIRECT = 7,         /* convolution summed tap by tap in registers */
  PF_NUMERICS_BLOCKED = 8,        /* convolution over channel blocks summed in registers */
  PF_NUMERICS_WINOGRAD = 9,       /* convolution over channel blocks by F(4x4, 3x3) */
  PF_NUMERICS_TILES = 10          /* matrix product summed in registers */
};

#ifdef __cplusplus
}
#endif
#endif
