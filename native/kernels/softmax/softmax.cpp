// Softmax over rows, with the row's maximum subtracted first, and its cross-entropy: sums in double. An infinite logit
// takes all; where several are, they share. The mean of the losses is taken over per-row losses in row order, whoever
// computed them.
#include "portafilter/softmax.h"

#include <math.h>

#include "shared/exponential.h"
#include "shared/kernel.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kRows = 16;

struct Sizes {
  long long rows, classes;
};

bool is_grad(int kind) {
  return kind == PF_SOFTMAX_GRAD || kind == PF_SOFTMAX_CROSS_ENTROPY_GRAD || kind == PF_LOG_SOFTMAX_GRAD;
}

// The value of N x C that is read, if one is, and the one that is written.
const pf_view& source_of(const pf_softmax& p) { return is_grad(p.kind) ? p.y : p.x; }
const pf_view& target_of(const pf_softmax& p) { return is_grad(p.kind) ? p.dx : p.y; }

// The value of N x C that every kind has.
const pf_view& whole_of(const pf_softmax& p) { return p.kind == PF_ONE_HOT ? p.y : source_of(p); }

Sizes sizes_of(const pf_softmax& p) { return {whole_of(p).dims[0], whole_of(p).dims[1]}; }

bool has_labels(int kind) { return (kind >= PF_SOFTMAX_CROSS_ENTROPY && kind <= PF_TOP_COUNT) || kind == PF_ONE_HOT; }
bool has_loss(int kind) { return kind == PF_SOFTMAX_CROSS_ENTROPY || kind == PF_TOP_COUNT; }
bool has_dy(int kind) { return kind == PF_SOFTMAX_GRAD || kind == PF_LOG_SOFTMAX_GRAD; }

int check(const void* params, Cut* out) {
  const pf_softmax& p = *static_cast<const pf_softmax*>(params);
  if (p.kind < PF_SOFTMAX || p.kind > PF_ONE_HOT) return PF_INVALID;
  const pf_view& whole = whole_of(p);
  if (!is_float(whole.dtype) || whole.rank != 2) return PF_INVALID;
  const Sizes s = sizes_of(p);
  int status = check_plain(whole, whole.dtype);
  if (status == PF_OK && p.kind != PF_TOP_COUNT) status = check_plain(target_of(p), whole.dtype, s.rows * s.classes);
  if (status == PF_OK && has_dy(p.kind)) status = check_plain(p.dy, whole.dtype, s.rows * s.classes);
  if (status == PF_OK && has_labels(p.kind)) status = check_plain(p.labels, PF_INT32, s.rows);
  if (status == PF_OK && has_loss(p.kind)) status = check_plain(p.loss, whole.dtype, 1);
  if (status == PF_OK && p.kind == PF_SOFTMAX_CROSS_ENTROPY_GRAD) status = check_plain(p.dloss, whole.dtype, 1);
  if (status != PF_OK) return status;
  if (s.rows < 1 || s.classes < 1 || (p.kind == PF_TOP_COUNT && p.top < 1)) return PF_INVALID;
  out->numerics = PF_NUMERICS_DOUBLE_SUM;
  out->chunks[0] = ceil_div(s.rows, kRows);
  out->nanoseconds[0] = static_cast<double>(s.rows * s.classes) * 8;
  if (p.kind == PF_SOFTMAX_CROSS_ENTROPY || p.kind == PF_TOP_COUNT) {
    out->stages = 2;
    out->shared = lines(s.rows * 8);
    out->nanoseconds[1] = static_cast<double>(s.rows);
  }
  return PF_OK;
}

// The largest, or NaN where there is one.
template <class T>
T max_of(const T* x, long long count) {
  T lane[kLanes];
  for (int l = 0; l < kLanes; l++) lane[l] = x[0];
  long long i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (int l = 0; l < kLanes; l++) lane[l] = (x[i + l] > lane[l]) | (x[i + l] != x[i + l]) ? x[i + l] : lane[l];
  }
  for (int l = 0; i < count; i++, l++) lane[l] = (x[i] > lane[l]) | (x[i] != x[i]) ? x[i] : lane[l];
  T most = lane[0];
  for (int l = 1; l < kLanes; l++) most = (lane[l] > most) | (lane[l] != lane[l]) ? lane[l] : most;
  return most;
}

// How far a logit lies below the largest: 0 for the largest itself, infinite or not.
template <class T>
T gap_of(T x, T most) {
  return x == most ? T(0) : x - most;
}

// Writes e to the power of each logit's gap and returns the largest logit. A row of none but -infinity has no softmax.
template <class T>
T powers_of(const T* x, T* out, long long classes) {
  T most = max_of(x, classes);
  if (most == -static_cast<T>(INFINITY)) most = static_cast<T>(NAN);
  for (long long c = 0; c < classes; c++) out[c] = exp_below_zero(gap_of(x[c], most));
  return most;
}

// The logarithm of the sum of powers. One of the largest is 1, the others are summed without it, so that the
// logarithm keeps its digits where they are small; each is corrected for the rounding of its gap.
template <class T>
double log_sum(const T* x, const T* powers, T most, long long classes) {
  const double largest = static_cast<double>(most);
  const double equal = sum_of_terms(classes, [=](long long c) { return x[c] == most ? 1.0 : 0.0; });
  const double below = sum_of_terms(classes, [=](long long c) {
    const double lost = static_cast<double>(x[c]) - largest - static_cast<double>(x[c] - most);
    const double power = static_cast<double>(powers[c]);
    return (x[c] < most) & (power > 0) ? power + power * lost : 0.0;
  });
  return log1p(equal - 1 + below);
}

template <class T>
void normalise(T* powers, long long classes) {
  const T inverse = static_cast<T>(1.0 / sum_of(powers, classes));
  for (long long c = 0; c < classes; c++) powers[c] *= inverse;
}

// Whether fewer than `top` classes rank before the label; never where a score is NaN.
template <class T>
bool is_among(const T* x, long long classes, long long label, long long top) {
  const T score = x[label];
  long long before = 0, missing = 0;
  for (long long c = 0; c < classes; c++) {
    before += (x[c] > score) | ((x[c] == score) & (c < label));
    missing += x[c] != x[c];
  }
  return missing == 0 && before < top;
}

// dy - e^y sum(dy), with a class's own dy apart: dy (1 - e^y) - e^y (the others' dy), which keeps its digits near y =
// 0. Where nothing is asked of a row, nothing comes back, whatever its logits.
template <class T>
void log_softmax_grad(const T* y, const T* dy, T* dx, long long classes) {
  const double sum = sum_of(dy, classes);
  for (long long c = 0; c < classes; c++) {
    const T others = static_cast<T>(sum - static_cast<double>(dy[c]));
    const T own = dy[c] == T(0) ? T(0) : dy[c] * expm1_below_zero(y[c]);
    const T common = others == T(0) ? T(0) : exp_below_zero(y[c]) * others;
    dx[c] = -own - common;
  }
}

// At the label p - 1, as minus the sum of the others' shares, which keeps its digits where the row is sure and right.
// dx may be p.
template <class T>
void cross_entropy_grad(const T* p, T scale, long long label, T* dx, long long classes) {
  const double others =
      sum_of_terms(classes, [=](long long c) { return c == label ? 0.0 : static_cast<double>(p[c]); });
  for (long long c = 0; c < classes; c++) dx[c] = scale * p[c];
  dx[label] = -scale * static_cast<T>(others);
}

template <class T>
int run_row(const pf_softmax& p, const Sizes& s, long long r) {
  const T* x = at<const T>(source_of(p)) + r * s.classes;
  T* out = at<T>(target_of(p)) + r * s.classes;
  if (p.kind == PF_SOFTMAX) {
    powers_of(x, out, s.classes);
    normalise(out, s.classes);
    return PF_OK;
  }
  if (p.kind == PF_SOFTMAX_GRAD) {
    const T* dy = at<const T>(p.dy) + r * s.classes;
    const double dot = dot_of(x, dy, s.classes);
    for (long long c = 0; c < s.classes; c++) out[c] = x[c] * static_cast<T>(static_cast<double>(dy[c]) - dot);
    return PF_OK;
  }
  if (p.kind == PF_LOG_SOFTMAX) {
    const T most = powers_of(x, out, s.classes);
    const double log = log_sum(x, out, most, s.classes);
    for (long long c = 0; c < s.classes; c++) {
      out[c] = static_cast<T>(gap_of(static_cast<double>(x[c]), static_cast<double>(most)) - log);
    }
    return PF_OK;
  }
  if (p.kind == PF_LOG_SOFTMAX_GRAD) {
    log_softmax_grad(x, at<const T>(p.dy) + r * s.classes, out, s.classes);
    return PF_OK;
  }
  const long long label = at<const int32_t>(p.labels)[r];
  if (p.kind == PF_ONE_HOT && p.ignored >= 0 && label == p.ignored) {
    for (long long c = 0; c < s.classes; c++) out[c] = T(0);
    return PF_OK;
  }
  if (label < 0 || label >= s.classes) return PF_LABEL_RANGE;
  if (p.kind == PF_ONE_HOT) {
    const double share = p.smoothing / static_cast<double>(s.classes);
    for (long long c = 0; c < s.classes; c++) out[c] = static_cast<T>(c == label ? 1 - p.smoothing + share : share);
    return PF_OK;
  }
  double* row_value = at<double>(p.workspace) + r;
  if (p.kind == PF_TOP_COUNT) {
    *row_value = is_among(x, s.classes, label, p.top) ? 1 : 0;
  } else if (p.kind == PF_SOFTMAX_CROSS_ENTROPY) {
    const T most = powers_of(x, out, s.classes);
    const double gap = gap_of(static_cast<double>(x[label]), static_cast<double>(most));
    *row_value = log_sum(x, out, most, s.classes) - gap;
    normalise(out, s.classes);
  } else {
    const T scale = static_cast<T>(static_cast<double>(*at<const T>(p.dloss)) / static_cast<double>(s.rows));
    cross_entropy_grad(x, scale, label, out, s.classes);
  }
  return PF_OK;
}

template <class T>
void merge(const pf_softmax& p, const Sizes& s) {
  const double* rows = at<const double>(p.workspace);
  double sum = 0;
  for (long long r = 0; r < s.rows; r++) sum += rows[r];
  *at<T>(p.loss) = static_cast<T>(p.kind == PF_TOP_COUNT ? sum : sum / static_cast<double>(s.rows));
}

template <class T>
int run_chunks(const pf_softmax& p, int stage, long long first, long long last) {
  const Sizes s = sizes_of(p);
  if (stage == 1) {
    merge<T>(p, s);
    return PF_OK;
  }
  for (long long r = first * kRows; r < smaller(last * kRows, s.rows); r++) {
    int status = run_row<T>(p, s, r);
    if (status != PF_OK) return status;
  }
  return PF_OK;
}

int run(const void* params, const Cut&, int stage, long long first, long long last, char*) {
  const pf_softmax& p = *static_cast<const pf_softmax*>(params);
  return whole_of(p).dtype == PF_FLOAT32 ? run_chunks<float>(p, stage, first, last)
                                         : run_chunks<double>(p, stage, first, last);
}

long long workspace(const void* params) { return static_cast<const pf_softmax*>(params)->workspace; }

}  // namespace

extern const Family softmax_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
