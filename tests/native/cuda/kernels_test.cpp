// Our CUDA kernels over exactly sized buffers, under the sanitizers of the build: what the tests in Java cannot see is
// a read past the end. Results are the business of the oracles there, and not looked at here.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <memory>
#include <string>
#include <vector>

// clang-format off: the emulator's words come before the text that uses them.
#include "emulator.h"
#include "../../../native/cuda/kernels.cu"
// clang-format on

namespace {

int64 status = 0;
int launches = 0;

// Memory of one launch: every piece ends where its last element does.
struct Memory {
  std::vector<std::unique_ptr<char, void (*)(void*)>> pieces;

  template <class T>
  void* of(int64 count) {
    const size_t bytes = static_cast<size_t>(count) * sizeof(T);
    void* memory = nullptr;
    if (posix_memalign(&memory, 16, bytes) != 0) abort();
    for (size_t i = 0; i < bytes / sizeof(T); i++) narrow(static_cast<Real<T>>(i % 7) - 3, static_cast<T*>(memory) + i);
    pieces.emplace_back(static_cast<char*>(memory), free);
    return memory;
  }

  int* integers(int64 count, int below) {
    int* values = static_cast<int*>(of<float>(count));
    for (int64 i = 0; i < count; i++) values[i] = static_cast<int>(i % below);
    return values;
  }
};

template <class T>
const char* suffix();
template <>
const char* suffix<float>() {
  return "_f32";
}
template <>
const char* suffix<double>() {
  return "_f64";
}
template <>
const char* suffix<bfloat16>() {
  return "_bf16";
}
template <>
const char* suffix<float16>() {
  return "_f16";
}

template <class T, class Params>
void launch(const char* name, int64 x, int64 y, int64 z, Params p) {
  const std::string full = std::string(name) + suffix<T>();
  const EmulatedKernel* kernel = find_kernel(full.c_str());
  if (kernel == nullptr || kernel->bytes != sizeof(Params)) {
    fprintf(stderr, "no kernel %s of these parameters\n", full.c_str());
    exit(1);
  }
  p.head = {&status, 0};
  run_kernel(*kernel, static_cast<unsigned int>(x), static_cast<unsigned int>(y), static_cast<unsigned int>(z), &p);
  launches++;
}

int64 ceil_div(int64 count, int64 size) { return (count + size - 1) / size; }

template <class T, class Params>
void elements(const char* name, int64 count, const Params& p) {
  launch<T>(name, ceil_div(count, kThreads), 1, 1, p);
}

template <class T>
void pointwise(int64 count) {
  for (const char* name : {"add", "multiply", "weigh", "activate", "activate_grad", "rescale", "clamp", "clamp_grad",
                           "clip_norm", "function", "function_grad"}) {
    for (int64 choice = 0; choice < (strncmp(name, "function", 8) == 0 ? int{PF_FUNCTIONS} : PF_TANH + 1); choice++) {
      Memory m;
      elements<T>(name, count,
                  PointwiseParams{{},
                                  count,
                                  m.of<T>(count),
                                  m.of<T>(strcmp(name, "clip_norm") ? count : 2),
                                  m.of<T>(count),
                                  -1,
                                  1,
                                  choice});
    }
  }
  for (int64 inner : {int64{1}, int64{3}}) {
    Memory m;
    elements<T>("finish", count * inner,
                FinishParams{{},
                             count * inner,
                             count,
                             inner,
                             m.of<T>(count * inner),
                             m.of<Real<T>>(count),
                             m.of<T>(count * inner),
                             PF_RELU});
  }
}

template <class T>
void pool(int64 last, int64 n, int64 c, int64 h, int64 w, int64 k, int64 stride, int64 pad, int64 dilation) {
  const int64 oh = (h + 2 * pad - dilation * (k - 1) - 1) / stride + 1;
  const int64 ow = (w + 2 * pad - dilation * (k - 1) - 1) / stride + 1;
  const int64 in = n * c * h * w, out = n * c * oh * ow;
  Memory m;
  PoolParams p{{},
               last,
               c,
               h,
               w,
               oh,
               ow,
               k,
               k,
               stride,
               stride,
               pad,
               pad,
               dilation,
               dilation,
               0,
               out,
               m.of<T>(in),
               m.of<T>(out),
               m.integers(out, 1)};
  elements<T>("max_pool", out, p);
  elements<T>("average_pool", out, p);
  p.count = in;
  elements<T>("max_pool_grad", in, p);
  elements<T>("average_pool_grad", in, p);
}

template <class T>
void norm(int64 rows, int64 channels, int64 area, int64 slices) {
  using P = Real<T>;
  Memory m;
  const int64 count = rows * channels;
  NormParams p{};
  p.rows = rows;
  p.channels = channels;
  p.area = area;
  p.slices = slices;
  p.activation = PF_RELU;
  p.epsilon = 1e-5;
  p.momentum = 0.1;
  for (const void** values : {&p.x, &p.residual, &p.output}) *values = m.of<T>(count);
  for (void** values : {&p.y, &p.dx}) *values = m.of<T>(count);
  for (const void** values : {&p.gamma, &p.beta, &p.running_mean, &p.running_variance}) *values = m.of<P>(channels);
  for (void** values : {&p.new_mean, &p.new_variance, &p.mean, &p.inv_std, &p.dgamma, &p.dbeta}) {
    *values = m.of<P>(channels);
  }
  p.sums = static_cast<double*>(m.of<double>(slices * 2 * channels));
  p.factors = m.of<P>(5 * channels);
  const int64 columns = area == 1 ? ceil_div(channels, kLanes) : channels;
  for (int64 mask = 0; mask < 2; mask++) {
    p.mask_from_output = mask;
    launch<T>("norm_sums", columns, slices, 1, p);
    launch<T>("norm_batch", ceil_div(channels, kLanes), 1, 1, p);
    elements<T>("norm_apply", count, p);
    elements<T>("norm_running", channels, p);
    elements<T>("norm_again", channels, p);
    launch<T>("norm_grad_sums", columns, slices, 1, p);
    launch<T>("norm_grad_merge", ceil_div(channels, kLanes), 1, 1, p);
    elements<T>("norm_grad_apply", count, p);
  }
}

template <class T>
void reduce(int64 keep0, int64 reduce0, int64 keep1, int64 reduce1, int64 slices) {
  Memory m;
  const int64 count = keep0 * reduce0 * keep1 * reduce1, outputs = keep0 * keep1;
  double* sums = static_cast<double*>(m.of<double>(slices * outputs));
  const ReduceParams p{{},  keep0, reduce0, keep1, reduce1, slices, 0, 1.0, m.of<T>(count), m.of<Real<T>>(outputs),
                       sums};
  launch<T>("sum_rows", outputs, slices, 1, p);
  if (reduce1 == 1) launch<T>("sum_columns", ceil_div(keep1, kLanes), slices, keep0, p);
  elements<T>("sum_merge", outputs, p);
  elements<T>(
      "expand", count,
      ReduceParams{{}, keep0, reduce0, keep1, reduce1, 1, 0, 1.0, m.of<Real<T>>(outputs), m.of<T>(count), nullptr});
}

template <class T>
void norm_of(int64 count, int64 slices) {
  Memory m;
  double* sums = static_cast<double*>(m.of<double>(2 * slices));
  const ReduceParams p{{}, 1, count, 1, 1, slices, 1, 1.0, m.of<T>(count), m.of<Real<T>>(1), sums};
  launch<T>("sum_rows", 1, slices, 1, p);
  elements<T>("sum_merge", 1, p);
}

template <class T>
void checks() {
  Memory m;
  const int64 counts[] = {1, 7, 1024, 2500, 3};
  Check* checks = static_cast<Check*>(m.of<double>(5 * sizeof(Check) / sizeof(double)));
  int64* first_blocks = static_cast<int64*>(m.of<double>(5));
  int64 blocks = 0;
  for (int64 i = 0; i < 5; i++) {
    void* a = m.of<T>(counts[i]);
    checks[i] = {counts[i], i % 2, a, i < 3 ? a : m.of<T>(counts[i])};
    first_blocks[i] = blocks;
    blocks += ceil_div(counts[i], kElementsPerBlock);
  }
  launch<T>("require_finite", blocks, 1, 1, ChecksParams{{}, 5, checks, first_blocks});
}

template <class T>
void softmax(int64 rows, int64 classes) {
  Memory m;
  const int64 count = rows * classes;
  const SoftmaxParams p{{},
                        rows,
                        classes,
                        2,
                        m.of<T>(count),
                        m.of<T>(count),
                        m.integers(rows, static_cast<int>(classes)),
                        m.of<T>(1),
                        m.of<T>(count),
                        static_cast<double*>(m.of<double>(rows)),
                        -1,
                        0.1};
  for (const char* name : {"softmax", "softmax_grad", "cross_entropy", "cross_entropy_grad", "top_rows", "log_softmax",
                           "log_softmax_grad"})
    launch<T>(name, rows, 1, 1, p);
  elements<T>("check_labels", rows, p);
  elements<T>("one_hot", rows * classes, p);
  launch<T>("row_total", 1, 1, 1, p);
}

template <class T>
void update(int64 outer, int64 channels, int64 area, int64 rule) {
  using P = Real<T>;
  Memory m;
  const int64 count = outer * channels * area;
  double rate = 0.1;
  int64 step = 3;
  Update* updates = static_cast<Update*>(m.of<double>(3 * sizeof(Update) / sizeof(double)));
  int64* first_blocks = static_cast<int64*>(m.of<double>(3));
  int64 blocks = 0;
  for (int64 u = 0; u < 3; u++) {
    const int64 elements = u == 1 ? 2500 : count;  // the middle one has several blocks
    const auto moment = [&](int64 i) { return i < moments_of(static_cast<int>(rule)) ? m.of<P>(elements) : nullptr; };
    updates[u] = {elements,
                  u == 1 ? 1 : channels,
                  u == 1 ? 1 : area,
                  rule,
                  0.9,
                  0.99,
                  1e-8,
                  1e-4,
                  1e-3,
                  1,
                  0.004,
                  &rate,
                  &step,
                  m.of<P>(elements),
                  m.of<T>(elements),
                  moment(0),
                  moment(1),
                  moment(2),
                  m.of<P>(elements),
                  moment(0),
                  moment(1),
                  moment(2)};
    first_blocks[u] = blocks;
    blocks += ceil_div(elements, kElementsPerBlock);
  }
  launch<T>("update", blocks, 1, 1, UpdatesParams{{}, 3, updates, first_blocks});
}

template <class T>
void trust(int64 count) {
  Memory m;
  const double rate = 0.1;
  elements<T>("trust", count,
              TrustParams{{}, count, 1, &rate, m.of<T>(count), m.of<T>(count), m.of<T>(1), m.of<T>(1), m.of<T>(count)});
}

template <class T>
void moves(int64 n, int64 c, int64 h, int64 w) {
  Memory m;
  const int64 count = n * c * h * w;
  for (int64 last = 0; last < 2; last++) {
    const int64 framed = n * c * (h + 3) * (w + 1);
    elements<T>("frame", framed,
                FrameParams{{}, last, framed, c, h + 3, w + 1, h, w, 1, 1, m.of<T>(count), m.of<T>(framed)});
    elements<T>("frame", count,
                FrameParams{{}, last, count, c, h, w, h + 3, w + 1, -1, -1, m.of<T>(framed), m.of<T>(count)});
  }
  launch<T>("transpose", ceil_div(h * w, kLanes), ceil_div(c, kLanes), n,
            TransposeParams{{}, c, h * w, m.of<T>(count), m.of<T>(count)});
  elements<T>("move", count, MoveParams{{}, n, c * h * w, c * h * w, c * h * w, m.of<T>(count), m.of<T>(count)});
}

template <class T>
void all() {
  for (int64 count : {1, 7, 8, 255, 1029}) pointwise<T>(count);
  for (int64 last = 0; last < 2; last++) {
    pool<T>(last, 2, 3, 7, 9, 3, 2, 1, 1);
    pool<T>(last, 1, 33, 5, 5, 2, 2, 0, 1);
    pool<T>(last, 1, 2, 9, 8, 3, 1, 2, 2);
  }
  norm<T>(1, 1, 1, 1);
  norm<T>(35, 33, 1, 3);
  norm<T>(600, 8, 1, 2);
  norm<T>(2 * 63, 5, 63, 2);
  reduce<T>(1, 40, 33, 1, 3);
  reduce<T>(3, 17, 5, 1, 1);
  reduce<T>(2, 3, 5, 7, 2);
  reduce<T>(1, 5000, 1, 1, 2);
  norm_of<T>(1, 1);
  norm_of<T>(5000, 2);
  checks<T>();
  for (int64 rule = PF_UPDATE_SGD; rule < PF_UPDATE_RULES; rule++) {
    for (int64 outer : {1, 5}) update<T>(outer, 3, 9, rule);
  }
  moves<T>(2, 3, 5, 7);
  moves<T>(1, 40, 6, 6);
}

// What exists in single and double precision only.
template <class T>
void wide() {
  for (int64 count : {1, 1029}) trust<T>(count);
  Memory m;
  elements<T>("rescale_bytes", 13, PointwiseParams{{}, 13, m.of<bfloat16>(7), nullptr, m.of<T>(13), 1, 0, 0});
  elements<T>("unscale", 13, PointwiseParams{{}, 13, m.of<T>(13), m.of<T>(2), m.of<T>(13), 0, 0, 0});
  softmax<T>(1, 1);
  softmax<T>(5, 300);
  int64 seed = 7, step = 1;
  elements<T>("dropout", 4, DropoutParams{{}, 13, 9, 0.5, &seed, &step, m.of<T>(13), m.of<T>(13)});
  elements<T>("fold", 15,
              FoldParams{{},
                         3,
                         5,
                         1e-5,
                         m.of<T>(15),
                         m.of<T>(3),
                         m.of<T>(3),
                         m.of<T>(3),
                         m.of<T>(3),
                         m.of<T>(3),
                         m.of<T>(15),
                         m.of<T>(3)});
}

// What exists between single precision and its halves.
template <class T>
void narrow_moves() {
  Memory m;
  launch<T>("transpose_narrow", 2, 2, 1, TransposeParams{{}, 35, 40, m.of<float>(1400), m.of<T>(1400)});
  launch<T>("transpose_widen", 2, 2, 1, TransposeParams{{}, 35, 40, m.of<T>(1400), m.of<float>(1400)});
  elements<T>("convert_narrow", 13, ConvertParams{{}, 13, m.of<float>(13), m.of<T>(13)});
  elements<T>("convert_widen", 13, ConvertParams{{}, 13, m.of<T>(13), m.of<float>(13)});
}

// Every half survives single precision, and what lies between two halves goes to the nearer, or to the even one.
bool halves_are_exact() {
  for (unsigned int bits = 0; bits < 0x10000; bits++) {
    const float16 half{static_cast<unsigned short>(bits)};
    const float wide = widened(half);
    float16 back;
    narrow(wide, &back);
    const bool nan = (bits & 0x7FFF) > 0x7C00;
    if (nan ? wide == wide || widened(back) == widened(back) : back.bits != bits) {
      fprintf(stderr, "half %04x came back as %04x\n", bits, back.bits);
      return false;
    }
    if ((bits & 0x7FFF) >= 0x7BFF) continue;
    const float next = widened(float16{static_cast<unsigned short>(bits + 1)}), middle = (wide + next) / 2;
    const float16 even{static_cast<unsigned short>(bits + (bits & 1))};
    float16 below, at, above;
    narrow(middle + (wide - middle) / 1024, &below);
    narrow(middle, &at);
    narrow(middle + (next - middle) / 1024, &above);
    if (below.bits != bits || at.bits != even.bits || above.bits != bits + 1) {
      fprintf(stderr, "between halves %04x and the next: %04x %04x %04x\n", bits, below.bits, at.bits, above.bits);
      return false;
    }
  }
  float16 most, too_much;
  narrow(65519.996f, &most);
  narrow(65520.0f, &too_much);
  return most.bits == 0x7BFF && too_much.bits == 0x7C00;
}

}  // namespace

int main() {
  all<float>();
  all<double>();
  all<bfloat16>();
  all<float16>();
  wide<float>();
  wide<double>();
  narrow_moves<bfloat16>();
  narrow_moves<float16>();
  if (!halves_are_exact()) return 1;
  printf("cuda kernels: %d launches over exactly sized buffers, status %lld\n", launches, status);
  return status == 0 ? 0 : 1;
}
