// Max and average pooling: one chunk per plane (image and channel), so that backward owns the plane it adds into.
#include "portafilter/pool.h"

#include "kernel.h"
#include "window.h"

namespace pf {
namespace PF_ISA {
namespace {

struct Sizes {
  long long planes, h, w, oh, ow;
};

Sizes sizes_of(const pf_pool& p) {
  return {p.x.dims[0] * p.x.dims[1], p.x.dims[2], p.x.dims[3], p.y.dims[2], p.y.dims[3]};
}

int check(const void* params, Layout* out) {
  const pf_pool& p = *static_cast<const pf_pool*>(params);
  if (!is_float(p.x.dtype) || p.x.rank != 4 || p.y.rank != 4 || p.accumulate != 0) return PF_INVALID;
  if (p.pass != PF_FORWARD && p.pass != PF_BACKWARD_DATA) return PF_INVALID;
  if (!window_is_sane(p.window)) return PF_INVALID;
  int status = check_plain(p.x, p.x.dtype);
  if (status == PF_OK) status = check_plain(p.y, p.x.dtype);
  if (status != PF_OK) return status;
  const Sizes s = sizes_of(p);
  if (s.oh != window_rows(p.window, s.h) || s.ow != window_columns(p.window, s.w) || p.x.dims[0] != p.y.dims[0] ||
      p.x.dims[1] != p.y.dims[1]) {
    return PF_INVALID;
  }
  if (p.kind == PF_POOL_MAX && (p.switches.data != 0 || p.pass == PF_BACKWARD_DATA)) {
    if (p.switches.rank != 4 || !same_dims(p.switches, p.y)) return PF_INVALID;
    status = check_plain(p.switches, PF_INT32);
    if (status != PF_OK) return status;
  }
  if (p.kind != PF_POOL_MAX && p.kind != PF_POOL_AVERAGE) return PF_INVALID;
  out->chunks[0] = s.planes;
  out->nanoseconds[0] = static_cast<double>(s.planes * s.oh * s.ow * p.window.kernel_h * p.window.kernel_w);
  return PF_OK;
}

struct Range {
  long long first, last;  // taps of one dimension that fall inside the input
};

Range taps_inside(long long start, int kernel, int dilation, long long size) {
  const long long first = start >= 0 ? 0 : ceil_div(-start, dilation);
  const long long last = start >= size ? 0 : smaller(kernel, (size - 1 - start) / dilation + 1);
  return {first, larger(first, last)};
}

// One maximum of four candidates and its position, a column and a row away from `at`.
template <class T, class Index>
inline void max_of_four(const T& a, const T& b, const T& c, const T& d, const Index& at, const Index& below, T* out,
                        Index* where) {
  // Larger, or the first NaN; without branches, on scalars and on vectors alike.
  auto wins = ((b > a) | (b != b)) & (a == a);
  T best = wins ? b : a;
  Index position = wins ? at + 1 : at;
  wins = ((c > best) | (c != c)) & (best == best);
  best = wins ? c : best;
  position = wins ? at + below : position;
  wins = ((d > best) | (d != d)) & (best == best);
  *out = wins ? d : best;
  *where = wins ? at + below + 1 : position;
}

// Vectors of 4, 8 and 16 lanes, and the positions of the even elements of two of them.
struct Lanes4 {
  enum { kCount = 4 };
  typedef float Floats __attribute__((vector_size(16)));
  typedef int32_t Ints __attribute__((vector_size(16)));
  static constexpr Ints kEven = {0, 2, 4, 6};
};

struct Lanes8 {
  enum { kCount = 8 };
  typedef float Floats __attribute__((vector_size(32)));
  typedef int32_t Ints __attribute__((vector_size(32)));
  static constexpr Ints kEven = {0, 2, 4, 6, 8, 10, 12, 14};
};

struct Lanes16 {
  enum { kCount = 16 };
  typedef float Floats __attribute__((vector_size(64)));
  typedef int32_t Ints __attribute__((vector_size(64)));
  static constexpr Ints kEven = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
};

// Outputs [ow, s.ow) of one row as far as whole vectors cover them; returns the first that is left.
template <class Lanes>
inline long long max_row(const float* top, long long width, int32_t base, long long ow, long long columns, float* y,
                         int32_t* switches) {
  typedef typename Lanes::Floats Floats;
  typedef typename Lanes::Ints Ints;
  const float* bottom = top + width;
  const Ints below = Lanes::kEven - Lanes::kEven + static_cast<int32_t>(width);
  for (; ow + Lanes::kCount <= columns; ow += Lanes::kCount) {
    Floats t0, t1, b0, b1, best;
    memcpy(&t0, top + 2 * ow, sizeof t0);
    memcpy(&t1, top + 2 * ow + Lanes::kCount, sizeof t1);
    memcpy(&b0, bottom + 2 * ow, sizeof b0);
    memcpy(&b1, bottom + 2 * ow + Lanes::kCount, sizeof b1);
    const Floats left = __builtin_shuffle(t0, t1, Lanes::kEven), right = __builtin_shuffle(t0, t1, Lanes::kEven + 1);
    const Floats low = __builtin_shuffle(b0, b1, Lanes::kEven), last = __builtin_shuffle(b0, b1, Lanes::kEven + 1);
    const Ints at = Lanes::kEven + static_cast<int32_t>(base + 2 * ow);
    Ints where;
    max_of_four(left, right, low, last, at, below, &best, &where);
    memcpy(y + ow, &best, sizeof best);
    if (switches != nullptr) memcpy(switches + ow, &where, sizeof where);
  }
  return ow;
}

inline long long max_row_vectors(const float* top, long long width, int32_t base, long long columns, float* y,
                                 int32_t* switches) {
  long long ow = max_row<Lanes16>(top, width, base, 0, columns, y, switches);
  ow = max_row<Lanes8>(top, width, base, ow, columns, y, switches);
  return max_row<Lanes4>(top, width, base, ow, columns, y, switches);
}

inline long long max_row_vectors(const double*, long long, int32_t, long long, double*, int32_t*) { return 0; }

// The commonest pooling, 2x2 at stride 2 without padding.
template <class T>
void max_two_by_two(const Sizes& s, const T* x, T* y, int32_t* switches) {
  for (long long oh = 0; oh < s.oh; oh++) {
    const T* top = x + 2 * oh * s.w;
    const T* bottom = top + s.w;
    const int32_t base = static_cast<int32_t>(2 * oh * s.w), below = static_cast<int32_t>(s.w);
    T* out = y + oh * s.ow;
    int32_t* row = switches == nullptr ? nullptr : switches + oh * s.ow;
    for (long long ow = max_row_vectors(top, s.w, base, s.ow, out, row); ow < s.ow; ow++) {
      int32_t where;
      const int32_t at = base + static_cast<int32_t>(2 * ow);
      max_of_four(top[2 * ow], top[2 * ow + 1], bottom[2 * ow], bottom[2 * ow + 1], at, below, out + ow, &where);
      if (row != nullptr) row[ow] = where;
    }
  }
}

template <class T>
void max_forward(const pf_pool& p, const Sizes& s, const T* x, T* y, int32_t* switches) {
  const bool simple = p.window.kernel_h == 2 && p.window.kernel_w == 2 && p.window.stride_h == 2 &&
                      p.window.stride_w == 2 && p.window.pad_top == 0 && p.window.pad_left == 0 &&
                      p.window.pad_bottom == 0 && p.window.pad_right == 0 && p.window.dilation_h == 1 &&
                      p.window.dilation_w == 1;
  if (simple) return max_two_by_two(s, x, y, switches);
  for (long long oh = 0; oh < s.oh; oh++) {
    const long long top = oh * p.window.stride_h - p.window.pad_top;
    const Range rows = taps_inside(top, p.window.kernel_h, p.window.dilation_h, s.h);
    for (long long ow = 0; ow < s.ow; ow++) {
      const long long left = ow * p.window.stride_w - p.window.pad_left;
      const Range columns = taps_inside(left, p.window.kernel_w, p.window.dilation_w, s.w);
      T best = -T(__builtin_inf());
      long long at = -1;
      for (long long kh = rows.first; kh < rows.last; kh++) {
        for (long long kw = columns.first; kw < columns.last; kw++) {
          const long long here = (top + kh * p.window.dilation_h) * s.w + left + kw * p.window.dilation_w;
          const T v = x[here];
          if (at < 0 || ((v > best || v != v) && best == best)) {
            best = v;
            at = here;
          }
        }
      }
      y[oh * s.ow + ow] = best;
      if (switches != nullptr) switches[oh * s.ow + ow] = static_cast<int32_t>(at);
    }
  }
}

template <class T>
void max_backward(const Sizes& s, const T* dy, const int32_t* switches, T* dx) {
  memset(dx, 0, s.h * s.w * sizeof(T));
  for (long long i = 0; i < s.oh * s.ow; i++) {
    if (switches[i] >= 0) dx[switches[i]] += dy[i];
  }
}

// Calls visit(output position, window, divisor) for each average window of a plane.
template <class Visit>
void each_window(const pf_pool& p, const Sizes& s, Visit visit) {
  for (long long oh = 0; oh < s.oh; oh++) {
    const long long top = oh * p.window.stride_h - p.window.pad_top;
    const Range rows = taps_inside(top, p.window.kernel_h, p.window.dilation_h, s.h);
    for (long long ow = 0; ow < s.ow; ow++) {
      const long long left = ow * p.window.stride_w - p.window.pad_left;
      const Range columns = taps_inside(left, p.window.kernel_w, p.window.dilation_w, s.w);
      const long long inside = (rows.last - rows.first) * (columns.last - columns.first);
      const long long cells = p.count_padding ? static_cast<long long>(p.window.kernel_h) * p.window.kernel_w : inside;
      visit(oh * s.ow + ow, top, left, rows, columns, cells);
    }
  }
}

template <class T>
void average_forward(const pf_pool& p, const Sizes& s, const T* x, T* y) {
  each_window(p, s, [&](long long i, long long top, long long left, Range rows, Range columns, long long cells) {
    T sum = T(0);
    for (long long kh = rows.first; kh < rows.last; kh++) {
      const T* row = x + (top + kh * p.window.dilation_h) * s.w + left;
      for (long long kw = columns.first; kw < columns.last; kw++) sum += row[kw * p.window.dilation_w];
    }
    y[i] = cells == 0 ? T(0) : sum / static_cast<T>(cells);
  });
}

template <class T>
void average_backward(const pf_pool& p, const Sizes& s, const T* dy, T* dx) {
  memset(dx, 0, s.h * s.w * sizeof(T));
  each_window(p, s, [&](long long i, long long top, long long left, Range rows, Range columns, long long cells) {
    if (cells == 0) return;
    const T share = dy[i] / static_cast<T>(cells);
    for (long long kh = rows.first; kh < rows.last; kh++) {
      T* row = dx + (top + kh * p.window.dilation_h) * s.w + left;
      for (long long kw = columns.first; kw < columns.last; kw++) row[kw * p.window.dilation_w] += share;
    }
  });
}

template <class T>
void run_plane(const pf_pool& p, const Sizes& s, long long plane) {
  T* x = at<T>(p.x) + plane * s.h * s.w;
  T* y = at<T>(p.y) + plane * s.oh * s.ow;
  int32_t* switches = at<int32_t>(p.switches);
  if (switches != nullptr) switches += plane * s.oh * s.ow;
  if (p.kind == PF_POOL_MAX) {
    p.pass == PF_FORWARD ? max_forward(p, s, x, y, switches) : max_backward(s, y, switches, x);
  } else {
    p.pass == PF_FORWARD ? average_forward(p, s, x, y) : average_backward(p, s, y, x);
  }
}

int run(const void* params, const Layout&, int, long long first, long long last, char*) {
  const pf_pool& p = *static_cast<const pf_pool*>(params);
  const Sizes s = sizes_of(p);
  for (long long plane = first; plane < last; plane++) {
    p.x.dtype == PF_FLOAT32 ? run_plane<float>(p, s, plane) : run_plane<double>(p, s, plane);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_pool*>(params)->workspace; }

}  // namespace

extern const Family pool_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
