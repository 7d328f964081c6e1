// Depthwise convolution: one input channel per group, summed directly over the window. Rows are walked tap by tap, so
// that the inner loop runs over contiguous output columns. Weight gradients are one chunk per output channel, in
// double, images in order.
#include "algorithms.h"
#include "conv_shape.h"
#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

int check(const void* params, Cut* out) {
  const pf_conv* p = static_cast<const pf_conv*>(params);
  ConvShape s;
  int status = conv_shape(*p, &s);
  if (status != PF_OK) return status;
  const bool takes = s.is_depthwise() && !is_blocked(image_of(*p)) && !is_blocked(result_of(*p));
  if (!takes || !may_be(p->algorithm, PF_NUMERICS_DEPTHWISE)) return PF_UNSUPPORTED;
  out->numerics = PF_NUMERICS_DEPTHWISE;
  out->chunks[0] = p->pass == PF_FORWARD ? s.n * s.o : p->pass == PF_BACKWARD_DATA ? s.n * s.c : s.o;
  out->nanoseconds[0] = static_cast<double>(s.n * s.o * s.oh * s.ow * s.taps) * 0.3;
  return PF_OK;
}

template <class T>
void forward(const pf_conv& p, const ConvShape& s, long long chunk) {
  const long long o = chunk % s.o, n = chunk / s.o;
  const T* x = at<const T>(p.x) + (n * s.c + o / s.og) * s.h * s.w;
  const T* w = at<const T>(p.w) + o * s.taps;
  T* y = at<T>(p.y) + chunk * s.oh * s.ow;
  const T* bias = at<const T>(p.epilogue.bias);
  const T b = bias == nullptr ? T(0) : bias[o];
  const T* add = at<const T>(p.epilogue.add);
  for (long long oh = 0; oh < s.oh; oh++, y += s.ow) {
    for (long long i = 0; i < s.ow; i++) y[i] = add == nullptr ? b : b + add[(y - at<T>(p.y)) + i];
    for (int kh = 0; kh < p.window.kernel_h; kh++) {
      const long long ih = input_row(p.window, oh, kh);
      if (ih < 0 || ih >= s.h) continue;
      for (int kw = 0; kw < p.window.kernel_w; kw++) {
        const Span span = span_of(p.window, kw, s.ow, s.w);
        const T* from = x + ih * s.w + span.start;
        const T weight = w[kh * p.window.kernel_w + kw];
        if (p.window.stride_w == 1) {
          for (long long i = span.first; i < span.last; i++) y[i] += weight * from[i];
        } else {
          for (long long i = span.first; i < span.last; i++) y[i] += weight * from[i * p.window.stride_w];
        }
      }
    }
    if (p.epilogue.activation == PF_RELU) {
      for (long long i = 0; i < s.ow; i++) y[i] = relu(y[i]);
    }
  }
}

template <class T>
void backward_data(const pf_conv& p, const ConvShape& s, long long chunk) {
  const long long c = chunk % s.c, n = chunk / s.c;
  T* dx = at<T>(p.dx) + chunk * s.h * s.w;
  memset(dx, 0, s.h * s.w * sizeof(T));
  for (long long o = c * s.og; o < (c + 1) * s.og; o++) {
    const T* dy = at<const T>(p.dy) + (n * s.o + o) * s.oh * s.ow;
    const T* w = at<const T>(p.w) + o * s.taps;
    for (long long oh = 0; oh < s.oh; oh++) {
      for (int kh = 0; kh < p.window.kernel_h; kh++) {
        const long long ih = input_row(p.window, oh, kh);
        if (ih < 0 || ih >= s.h) continue;
        for (int kw = 0; kw < p.window.kernel_w; kw++) {
          const Span span = span_of(p.window, kw, s.ow, s.w);
          T* to = dx + ih * s.w + span.start;
          const T weight = w[kh * p.window.kernel_w + kw];
          const T* from = dy + oh * s.ow;
          for (long long i = span.first; i < span.last; i++) to[i * p.window.stride_w] += weight * from[i];
        }
      }
    }
  }
}

template <class T>
void backward_weights(const pf_conv& p, const ConvShape& s, long long o) {
  T* dw = at<T>(p.dw) + o * s.taps;
  for (int kh = 0; kh < p.window.kernel_h; kh++) {
    for (int kw = 0; kw < p.window.kernel_w; kw++) {
      const Span span = span_of(p.window, kw, s.ow, s.w);
      double sum = 0;
      for (long long n = 0; n < s.n; n++) {
        const T* x = at<const T>(p.x) + (n * s.c + o / s.og) * s.h * s.w;
        const T* dy = at<const T>(p.dy) + (n * s.o + o) * s.oh * s.ow;
        for (long long oh = 0; oh < s.oh; oh++) {
          const long long ih = input_row(p.window, oh, kh);
          if (ih < 0 || ih >= s.h) continue;
          const T* from = x + ih * s.w + span.start;
          const T* row = dy + oh * s.ow;
          if (p.window.stride_w == 1) {
            sum += dot_of(from + span.first, row + span.first, span.last - span.first);
          } else {
            for (long long i = span.first; i < span.last; i++) {
              sum += static_cast<double>(from[i * p.window.stride_w]) * static_cast<double>(row[i]);
            }
          }
        }
      }
      dw[kh * p.window.kernel_w + kw] = static_cast<T>(sum);
    }
  }
}

template <class T>
void run_chunk(const pf_conv& p, const ConvShape& s, long long chunk) {
  if (p.pass == PF_FORWARD) {
    forward<T>(p, s, chunk);
  } else if (p.pass == PF_BACKWARD_DATA) {
    backward_data<T>(p, s, chunk);
  } else {
    backward_weights<T>(p, s, chunk);
  }
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_conv& p = *static_cast<const pf_conv*>(params);
  ConvShape s;
  conv_shape(p, &s);
  for (long long chunk = first; chunk < last; chunk++) {
    if (image_of(p).dtype == PF_FLOAT32) {
      run_chunk<float>(p, s, chunk);
    } else {
      run_chunk<double>(p, s, chunk);
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_conv*>(params)->workspace; }

}  // namespace

extern const Family depthwise_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
