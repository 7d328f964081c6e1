// cuDNN's convolutions on the host, straight from the sums, in double. Descriptions are checked against each other.
#include <string.h>

// clang-format off: the emulator's words come before the text that uses them.
#include "emulator.h"
#include "../../../native/cuda/kernel.cuh"
// clang-format on
#include "stream.h"

namespace {

constexpr int kBadParam = 2000, kNotSupported = 3000;
constexpr size_t kWorkspace = 1000;  // asked for, so that somebody must give it
constexpr int kAlgorithm = 1;

// An image or weights: format 0 has the channels second, 1 last.
struct Tensor {
  int type = -1, format = 0, n = 0, c = 0, h = 0, w = 0;

  size_t bytes() const {
    return static_cast<size_t>(n) * static_cast<size_t>(c) * static_cast<size_t>(h) * static_cast<size_t>(w) * size();
  }

  // Types: 0 float, 1 double, 2 float16, 9 bfloat16.
  size_t size() const { return type == 1 ? 8 : type == 9 || type == 2 ? 2 : 4; }

  long long index(int in, int ic, int ih, int iw) const {
    const long long row =
        format == 0 ? (static_cast<long long>(in) * c + ic) * h + ih : static_cast<long long>(in) * h + ih;
    return format == 0 ? row * w + iw : (row * w + iw) * c + ic;
  }

  double get(const void* data, long long i) const {
    if (type == 2) return static_cast<double>(widened(static_cast<const float16*>(data)[i]));
    if (type == 9) return static_cast<double>(widened(static_cast<const bfloat16*>(data)[i]));
    return type == 1 ? static_cast<const double*>(data)[i] : static_cast<double>(static_cast<const float*>(data)[i]);
  }

  void set(void* data, const std::vector<double>& values) const {
    for (size_t i = 0; i < values.size(); i++) {
      if (type == 2) {
        narrow(static_cast<float>(values[i]), static_cast<float16*>(data) + i);
      } else if (type == 9) {
        narrow(static_cast<float>(values[i]), static_cast<bfloat16*>(data) + i);
      } else if (type == 1) {
        static_cast<double*>(data)[i] = values[i];
      } else {
        static_cast<float*>(data)[i] = static_cast<float>(values[i]);
      }
    }
  }

  std::vector<double> zeros() const { return std::vector<double>(bytes() / size()); }
};

struct Convolution {
  int pad_h = 0, pad_w = 0, stride_h = 0, stride_w = 0, dilation_h = 0, dilation_w = 0;
  int mode = 0, type = -1, groups = 1, math = 0;
};

// cuDNN's ranking entry, of whichever pass.
struct Perf {
  int algo, status;
  float time;
  size_t memory;
  int determinism, math;
  int reserved[3];
};

int out_size(int size, int pad, int dilation, int kernel, int stride) {
  return (size + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
}

bool fits(const Tensor& x, const Tensor& w, const Convolution& d, const Tensor& y) {
  const bool types = x.type == w.type && x.type == y.type && d.type == (x.type == 1 ? 1 : 0);
  const bool formats = x.format == w.format && x.format == y.format;
  const bool channels = x.c == w.c * d.groups && y.c == w.n && w.n % d.groups == 0 && x.n == y.n;
  return types && formats && channels && d.mode == 1 && y.h == out_size(x.h, d.pad_h, d.dilation_h, w.h, d.stride_h) &&
         y.w == out_size(x.w, d.pad_w, d.dilation_w, w.w, d.stride_w);
}

// Visits every product x[..] w[..] that is a term of y[..].
template <class Term>
void each(const Tensor& x, const Tensor& w, const Convolution& d, const Tensor& y, Term term) {
  const int outs = w.n / d.groups;
  for (int n = 0; n < y.n; n++)
    for (int o = 0; o < y.c; o++)
      for (int oh = 0; oh < y.h; oh++)
        for (int ow = 0; ow < y.w; ow++)
          for (int c = 0; c < w.c; c++)
            for (int kh = 0; kh < w.h; kh++)
              for (int kw = 0; kw < w.w; kw++) {
                const int h = oh * d.stride_h - d.pad_h + kh * d.dilation_h;
                const int v = ow * d.stride_w - d.pad_w + kw * d.dilation_w;
                if (h < 0 || h >= x.h || v < 0 || v >= x.w) continue;
                term(x.index(n, o / outs * w.c + c, h, v), w.index(o, c, kh, kw), y.index(n, o, oh, ow));
              }
}

// Some shapes have no algorithm with the channels last, so that somebody must turn them.
bool is_refused(const Tensor& x, const Convolution& d) { return x.format == 1 && d.dilation_h > 1; }

int rank(const Tensor& x, const Tensor& w, const Convolution& d, const Tensor& y, int asked, int* returned,
         Perf* perf) {
  if (!fits(x, w, d, y) || asked < 4) return kBadParam;
  if (is_refused(x, d)) return kNotSupported;
  *returned = 4;
  memset(perf, 0, 4 * sizeof(Perf));
  perf[0] = {0, kNotSupported, 0, 0, 1, 0, {0, 0, 0}};  // the first of a ranking need not work
  perf[1] = {2, 0, 0, kWorkspace, 0, 0, {0, 0, 0}};     // nor be the same at every run
  perf[2] = {kAlgorithm, 0, 0, kWorkspace, 1, 0, {0, 0, 0}};
  perf[3] = {kAlgorithm, 0, 0, kWorkspace, 1, 1, {0, 0, 0}};  // on tensor cores
  return kSuccess;
}

bool runs(const void* x, const Tensor& tx, const void* w, const Tensor& tw, const void* y, const Tensor& ty,
          const Convolution& d, int algorithm, const void* workspace, size_t bytes, const void* alpha,
          const void* beta) {
  const bool wide = tx.type == 1;
  const double one = wide ? *static_cast<const double*>(alpha) : static_cast<double>(*static_cast<const float*>(alpha));
  const double zero = wide ? *static_cast<const double*>(beta) : static_cast<double>(*static_cast<const float*>(beta));
  return fits(tx, tw, d, ty) && algorithm == kAlgorithm && bytes == kWorkspace && is_device(workspace, bytes) &&
         is_device(x, tx.bytes()) && is_device(w, tw.bytes()) && is_device(y, ty.bytes()) && one == 1 && zero == 0;
}

}  // namespace

extern "C" {

size_t cudnnGetVersion() { return 0; }

const char* cudnnGetErrorString(int) { return "refused on the host"; }

int cudnnCreate(void** handle) {
  static int one;
  *handle = &one;
  return kSuccess;
}

int cudnnSetStream(void*, void*) { return kSuccess; }

int cudnnCreateTensorDescriptor(Tensor** tensor) {
  *tensor = new Tensor;
  return kSuccess;
}

int cudnnSetTensor4dDescriptor(Tensor* tensor, int format, int type, int n, int c, int h, int w) {
  *tensor = {type, format, n, c, h, w};
  return n > 0 && c > 0 && h > 0 && w > 0 ? kSuccess : kBadParam;
}

int cudnnDestroyTensorDescriptor(Tensor* tensor) {
  delete tensor;
  return kSuccess;
}

int cudnnCreateFilterDescriptor(Tensor** filter) { return cudnnCreateTensorDescriptor(filter); }

int cudnnSetFilter4dDescriptor(Tensor* filter, int type, int format, int k, int c, int h, int w) {
  return cudnnSetTensor4dDescriptor(filter, format, type, k, c, h, w);
}

int cudnnDestroyFilterDescriptor(Tensor* filter) { return cudnnDestroyTensorDescriptor(filter); }

int cudnnCreateConvolutionDescriptor(Convolution** convolution) {
  *convolution = new Convolution;
  return kSuccess;
}

int cudnnSetConvolution2dDescriptor(Convolution* d, int pad_h, int pad_w, int stride_h, int stride_w, int dilation_h,
                                    int dilation_w, int mode, int type) {
  *d = {pad_h, pad_w, stride_h, stride_w, dilation_h, dilation_w, mode, type, 1, 0};
  return pad_h >= 0 && pad_w >= 0 && stride_h > 0 && stride_w > 0 && dilation_h > 0 && dilation_w > 0 ? kSuccess
                                                                                                      : kBadParam;
}

int cudnnSetConvolutionGroupCount(Convolution* d, int groups) {
  d->groups = groups;
  return groups > 0 ? kSuccess : kBadParam;
}

int cudnnSetConvolutionMathType(Convolution* d, int math) {
  d->math = math;
  return math == 0 || math == 1 || math == 3 ? kSuccess : kBadParam;
}

int cudnnDestroyConvolutionDescriptor(Convolution* d) {
  delete d;
  return kSuccess;
}

int cudnnGetConvolutionForwardAlgorithm_v7(void*, Tensor* x, Tensor* w, Convolution* d, Tensor* y, int asked,
                                           int* returned, Perf* perf) {
  return rank(*x, *w, *d, *y, asked, returned, perf);
}

int cudnnGetConvolutionBackwardDataAlgorithm_v7(void*, Tensor* w, Tensor* dy, Convolution* d, Tensor* dx, int asked,
                                                int* returned, Perf* perf) {
  return rank(*dx, *w, *d, *dy, asked, returned, perf);
}

int cudnnGetConvolutionBackwardFilterAlgorithm_v7(void*, Tensor* x, Tensor* dy, Convolution* d, Tensor* dw, int asked,
                                                  int* returned, Perf* perf) {
  return rank(*x, *dw, *d, *dy, asked, returned, perf);
}

int cudnnConvolutionForward(void*, const void* alpha, Tensor* tx, const void* x, Tensor* tw, const void* w,
                            Convolution* d, int algorithm, void* workspace, size_t bytes, const void* beta, Tensor* ty,
                            void* y) {
  if (!runs(x, *tx, w, *tw, y, *ty, *d, algorithm, workspace, bytes, alpha, beta)) return kBadParam;
  enqueue([=, a = *tx, b = *tw, c = *ty, e = *d] {
    memset(workspace, 0x7B, bytes);
    std::vector<double> sums = c.zeros();
    each(a, b, e, c,
         [&](long long i, long long j, long long k) { sums[static_cast<size_t>(k)] += a.get(x, i) * b.get(w, j); });
    c.set(y, sums);
  });
  return kSuccess;
}

int cudnnConvolutionBackwardData(void*, const void* alpha, Tensor* tw, const void* w, Tensor* ty, const void* dy,
                                 Convolution* d, int algorithm, void* workspace, size_t bytes, const void* beta,
                                 Tensor* tx, void* dx) {
  if (!runs(dx, *tx, w, *tw, dy, *ty, *d, algorithm, workspace, bytes, alpha, beta)) return kBadParam;
  enqueue([=, a = *tx, b = *tw, c = *ty, e = *d] {
    memset(workspace, 0x7B, bytes);
    std::vector<double> sums = a.zeros();
    each(a, b, e, c,
         [&](long long i, long long j, long long k) { sums[static_cast<size_t>(i)] += c.get(dy, k) * b.get(w, j); });
    a.set(dx, sums);
  });
  return kSuccess;
}

int cudnnConvolutionBackwardFilter(void*, const void* alpha, Tensor* tx, const void* x, Tensor* ty, const void* dy,
                                   Convolution* d, int algorithm, void* workspace, size_t bytes, const void* beta,
                                   Tensor* tw, void* dw) {
  if (!runs(x, *tx, dw, *tw, dy, *ty, *d, algorithm, workspace, bytes, alpha, beta)) return kBadParam;
  enqueue([=, a = *tx, b = *tw, c = *ty, e = *d] {
    memset(workspace, 0x7B, bytes);
    std::vector<double> sums = b.zeros();
    each(a, b, e, c,
         [&](long long i, long long j, long long k) { sums[static_cast<size_t>(j)] += c.get(dy, k) * a.get(x, i); });
    b.set(dw, sums);
  });
  return kSuccess;
}

}  // extern "C"
