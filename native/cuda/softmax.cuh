// Softmax over rows with the largest subtracted first, its cross-entropy, and the count of correct rankings: one block
// per row, sums in double. A label out of range stops the run before anything else looks at it.
#pragma once
#include "kernel.cuh"

struct SoftmaxParams {
  Head head;
  int64 rows, classes, top;
  const void* x;
  const void* dy;
  const int* labels;
  void* loss;
  void* out;
  double* row_values;
  int64 ignored;
  double smoothing;
};

template <class T>
__device__ void check_labels(const SoftmaxParams& p) {
  for (uint32 row = first_element(); row < p.rows; row += all_threads()) {
    const bool ignored = p.ignored >= 0 && p.labels[row] == p.ignored;
    if (!ignored && (p.labels[row] < 0 || p.labels[row] >= p.classes)) stop(p.head, PF_LABEL_RANGE);
  }
}
PF_ELEMENTS(check_labels, SoftmaxParams)

// The largest, or NaN where there is one.
template <class T>
__device__ T larger(T a, T b) {
  return b > a || b != b ? b : a;
}

// How far a logit lies below the largest: 0 for the largest itself, infinite or not.
template <class T>
__device__ T gap_of(T x, T most) {
  return x == most ? T(0) : x - most;
}

// What the logarithms of a row's probabilities are made of: its largest logit, and the logarithm of the sum of the
// powers of all gaps to it. One of the largest's is 1, the others are summed without it, so that the logarithm keeps
// its digits where they are small; each is corrected for the rounding of its gap.
template <class T>
struct Partition {
  T most;
  double log_sum;
};

// Writes the probabilities of a row. One of none but -infinity has none.
template <class T>
__device__ Partition<T> softmax_row(const SoftmaxParams& p, uint32 row) {
  __shared__ double shared[kThreads];
  const T* x = static_cast<const T*>(p.x) + row * p.classes;
  T* out = static_cast<T*>(p.out) + row * p.classes;
  T most = x[0];
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) most = larger(most, x[c]);
  shared[threadIdx.x] = static_cast<double>(most);
  __syncthreads();
  for (uint32 half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) shared[threadIdx.x] = larger(shared[threadIdx.x], shared[threadIdx.x + half]);
    __syncthreads();
  }
  most = static_cast<T>(shared[0]);
  if (most - most != T(0) && most < T(0)) most -= most;
  __syncthreads();
  double sum = 0, equal = 0, below = 0;
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) {
    out[c] = exp(gap_of(x[c], most));
    const double power = static_cast<double>(out[c]);
    sum += power;
    if (x[c] == most) equal += 1;
    if (x[c] < most && power > 0) {
      const double lost = static_cast<double>(x[c]) - static_cast<double>(most) - static_cast<double>(x[c] - most);
      below += power + power * lost;
    }
  }
  sum = block_sum(sum, shared);
  equal = block_sum(equal, shared);
  below = block_sum(below, shared);
  const T inverse = static_cast<T>(1.0 / sum);
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) out[c] *= inverse;
  return {most, log1p(equal - 1 + below)};
}

template <class T>
__device__ void softmax(const SoftmaxParams& p) {
  softmax_row<T>(p, blockIdx.x);
}
PF_BLOCKS(softmax, SoftmaxParams)

template <class T>
__device__ void softmax_grad(const SoftmaxParams& p) {
  __shared__ double shared[kThreads];
  const T* y = static_cast<const T*>(p.x) + blockIdx.x * p.classes;
  const T* dy = static_cast<const T*>(p.dy) + blockIdx.x * p.classes;
  T* dx = static_cast<T*>(p.out) + blockIdx.x * p.classes;
  double dot = 0;
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) {
    dot += static_cast<double>(y[c]) * static_cast<double>(dy[c]);
  }
  dot = block_sum(dot, shared);
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) {
    dx[c] = y[c] * static_cast<T>(static_cast<double>(dy[c]) - dot);
  }
}
PF_BLOCKS(softmax_grad, SoftmaxParams)

template <class T>
__device__ void cross_entropy(const SoftmaxParams& p) {
  const Partition<T> partition = softmax_row<T>(p, blockIdx.x);
  if (threadIdx.x == 0) {
    const T score = static_cast<const T*>(p.x)[blockIdx.x * p.classes + p.labels[blockIdx.x]];
    const double gap = gap_of(static_cast<double>(score), static_cast<double>(partition.most));
    p.row_values[blockIdx.x] = partition.log_sum - gap;
  }
}
PF_BLOCKS(cross_entropy, SoftmaxParams)

// Whether fewer than `top` classes rank before the label; never where a score is NaN.
template <class T>
__device__ void top_rows(const SoftmaxParams& p) {
  __shared__ double shared[kThreads];
  const T* x = static_cast<const T*>(p.x) + blockIdx.x * p.classes;
  const int label = p.labels[blockIdx.x];
  const T score = x[label];
  double before = 0, missing = 0;
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) {
    before += x[c] > score || (x[c] == score && c < static_cast<uint32>(label)) ? 1 : 0;
    missing += x[c] != x[c] ? 1 : 0;
  }
  before = block_sum(before, shared);
  missing = block_sum(missing, shared);
  if (threadIdx.x == 0) {
    p.row_values[blockIdx.x] = missing == 0 && before < static_cast<double>(p.top) ? 1 : 0;
  }
}
PF_BLOCKS(top_rows, SoftmaxParams)

// One block: the sum of the rows' values, divided by their number unless they are counted.
template <class T>
__device__ void row_total(const SoftmaxParams& p) {
  __shared__ double shared[kThreads];
  double sum = 0;
  for (uint32 row = threadIdx.x; row < p.rows; row += kThreads) sum += p.row_values[row];
  sum = block_sum(sum, shared);
  if (threadIdx.x == 0) *static_cast<T*>(p.loss) = static_cast<T>(p.top > 0 ? sum : sum / static_cast<double>(p.rows));
}
PF_BLOCKS(row_total, SoftmaxParams)

// At the label p - 1, as minus the sum of the others' shares, which keeps its digits where the row is sure and right.
template <class T>
__device__ void cross_entropy_grad(const SoftmaxParams& p) {
  __shared__ double shared[kThreads];
  const T scale = static_cast<T>(static_cast<double>(*static_cast<const T*>(p.loss)) / static_cast<double>(p.rows));
  const T* x = static_cast<const T*>(p.x) + blockIdx.x * p.classes;
  T* dx = static_cast<T*>(p.out) + blockIdx.x * p.classes;
  const uint32 label = static_cast<uint32>(p.labels[blockIdx.x]);
  double others = 0;
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) others += c == label ? 0.0 : static_cast<double>(x[c]);
  others = block_sum(others, shared);
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) {
    dx[c] = scale * (c == label ? -static_cast<T>(others) : x[c]);
  }
}
PF_BLOCKS(cross_entropy_grad, SoftmaxParams)

template <class T>
__device__ void log_softmax(const SoftmaxParams& p) {
  const Partition<T> partition = softmax_row<T>(p, blockIdx.x);
  const T* x = static_cast<const T*>(p.x) + blockIdx.x * p.classes;
  T* out = static_cast<T*>(p.out) + blockIdx.x * p.classes;
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) {
    const double gap = gap_of(static_cast<double>(x[c]), static_cast<double>(partition.most));
    out[c] = static_cast<T>(gap - partition.log_sum);
  }
}
PF_BLOCKS(log_softmax, SoftmaxParams)

// A class's own dy is apart, so that dy (1 - e^y) keeps its digits near y = 0. Where nothing is asked of a row, nothing
// comes back, whatever its logits.
template <class T>
__device__ void log_softmax_grad(const SoftmaxParams& p) {
  __shared__ double shared[kThreads];
  const T* y = static_cast<const T*>(p.x) + blockIdx.x * p.classes;
  const T* dy = static_cast<const T*>(p.dy) + blockIdx.x * p.classes;
  T* dx = static_cast<T*>(p.out) + blockIdx.x * p.classes;
  double sum = 0;
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) sum += static_cast<double>(dy[c]);
  sum = block_sum(sum, shared);
  for (uint32 c = threadIdx.x; c < p.classes; c += kThreads) {
    const T others = static_cast<T>(sum - static_cast<double>(dy[c]));
    const T own = dy[c] == T(0) ? T(0) : dy[c] * expm1(y[c]);
    const T common = others == T(0) ? T(0) : exp(y[c]) * others;
    dx[c] = -own - common;
  }
}
PF_BLOCKS(log_softmax_grad, SoftmaxParams)

template <class T>
__device__ void one_hot(const SoftmaxParams& p) {
  const double share = p.smoothing / static_cast<double>(p.classes);
  const uint32 classes = static_cast<uint32>(p.classes);
  for (uint32 i = first_element(); i < p.rows * p.classes; i += all_threads()) {
    const int label = p.labels[i / classes];
    const bool ignored = p.ignored >= 0 && label == p.ignored;
    const double hot = i % classes == static_cast<uint32>(label) ? 1 - p.smoothing + share : share;
    static_cast<T*>(p.out)[i] = static_cast<T>(ignored ? 0 : hot);
  }
}
PF_ELEMENTS(one_hot, SoftmaxParams)
