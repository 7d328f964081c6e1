/* The numbers that C++, CUDA and Java agree upon; in Java they are the ordinals of the enums named alike. */
#ifndef PORTAFILTER_CODES_H
#define PORTAFILTER_CODES_H

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

enum pf_activation { PF_IDENTITY = 0, PF_RELU = 1, PF_SIGMOID = 2, PF_TANH = 3 };

/* Functions of one number whose derivative needs that number; alpha is the descriptor's. NaN stays NaN. */
enum pf_function {
  PF_ABS = 0,
  PF_SQUARE = 1,
  PF_SQRT = 2,
  PF_EXP = 3,
  PF_LOG = 4,
  PF_POWER = 5,         /* x^alpha */
  PF_LEAKY_RELU = 6,    /* x, or alpha x below 0 */
  PF_ELU = 7,           /* x, or alpha (e^x - 1) below 0 */
  PF_SELU = 8,          /* lambda x, or lambda alpha (e^x - 1) below 0, with Klambauer's constants */
  PF_GELU = 9,          /* x Phi(x) */
  PF_SILU = 10,         /* x / (1 + e^-x) */
  PF_SOFTPLUS = 11,     /* log(1 + e^x) */
  PF_HARD_SIGMOID = 12, /* x / 6 + 1 / 2 within [0, 1] */
  PF_HARD_SWISH = 13,   /* x hard_sigmoid(x) */
  PF_HUBER = 14,        /* x^2 / 2, or alpha (|x| - alpha / 2) beyond alpha */
  PF_LOG1P = 15,        /* log(1 + x) */
  PF_MISH = 16,         /* x tanh(log(1 + e^x)) */
  PF_FUNCTIONS = 17     /* how many there are */
};

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
  PF_UPDATE_LAMB = 11,   /* a', b' as ADAM; new_parameter = (a' / (1 - momentum^t)) / (sqrt(b' / (1 - beta2^t)) +
                            epsilon) + decoupled_decay w: the direction of You et al. 2020 */
  PF_UPDATE_ADAMAX = 12, /* a' as ADAM; b' = max(beta2 b, |g| + epsilon); w' = k w - lr (a' / (1 - momentum^t)) / b'
                            (Kingma and Ba 2015) */
  PF_UPDATE_RULES = 13,  /* how many of these there are */
  PF_UPDATE_TRUST = -1   /* w' = w - lr (a / b) gradient, a and b one number each: the norms of w and of the
                            direction; 1 for a / b where either is 0 */
};

#endif
