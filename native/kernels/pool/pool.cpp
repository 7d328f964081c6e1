// Max and average pooling: one chunk per plane (image and channel), so that backward owns the plane it adds into.
#include "pool_shape.h"

#include "shared/blocks.h"
#include "shared/kernel.h"
#include "pool_rows.h"
#include "shared/window.h"

namespace pf {
namespace PF_ISA {

extern const Family pool_blocks_family;  // pool_blocks.cpp

namespace {

struct Sizes {
  long long planes, h, w, oh, ow;
};

Sizes sizes_of(const pf_pool& p) {
  const pf_view &x = image_of(p), &y = result_of(p);
  return {x.dims[0] * x.dims[1], x.dims[2], x.dims[3], y.dims[2], y.dims[3]};
}

int check(const void* params, Cut* out) {
  const pf_pool& p = *static_cast<const pf_pool*>(params);
  const pf_view &x = image_of(p), &y = result_of(p);
  if (!is_float(x.dtype) || x.rank != 4 || y.rank != 4) return PF_INVALID;
  if (p.pass != PF_FORWARD && p.pass != PF_BACKWARD_DATA) return PF_INVALID;
  if (!window_is_sane(p.window)) return PF_INVALID;
  const Sizes s = sizes_of(p);
  if (s.oh != window_rows(p.window, s.h) || s.ow != window_columns(p.window, s.w) || x.dims[0] != y.dims[0] ||
      x.dims[1] != y.dims[1]) {
    return PF_INVALID;
  }
  if (p.kind == PF_POOL_MAX && (p.switches.data != 0 || p.pass == PF_BACKWARD_DATA)) {
    if (p.switches.rank != 4 || !same_dims(p.switches, y) || p.switches.order != x.order) return PF_INVALID;
  }
  if (p.kind != PF_POOL_MAX && p.kind != PF_POOL_AVERAGE) return PF_INVALID;
  if (is_blocked(x)) return run_by(pool_blocks_family, params, out);
  int status = check_plain(x, x.dtype);
  if (status == PF_OK) status = check_plain(y, x.dtype);
  if (status == PF_OK && p.kind == PF_POOL_MAX && p.switches.data != 0) status = check_plain(p.switches, PF_INT32);
  if (status != PF_OK) return status;
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

// One output of a window that may reach over the edges.
template <class T>
void max_at(const pf_pool& p, const Sizes& s, const T* x, long long top, Range rows, long long ow, T* y,
            int32_t* where) {
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
  *y = best;
  if (where != nullptr) *where = static_cast<int32_t>(at);
}

// The outputs of a row that lie inside the left edge: the first column whose window does.
long long first_inside(const pf_window& w) { return ceil_div(w.pad_left, w.stride_w); }

long long max_vectors(const PoolRow& row, long long ow, long long end, float* y, int32_t* switches) {
  return max_row(row, ow, end, y, switches);
}

long long max_vectors(const PoolRow&, long long ow, long long, double*, int32_t*) { return ow; }

PoolRow row_of(const pf_pool& p, const Sizes& s, const void* x, long long top, Range rows) {
  return {&p.window, static_cast<const float*>(x), s.w, top, rows.first, rows.last};
}

template <class T>
void max_forward(const pf_pool& p, const Sizes& s, const T* x, T* y, int32_t* switches) {
  const long long inside = smaller(first_inside(p.window), s.ow);
  for (long long oh = 0; oh < s.oh; oh++) {
    const long long top = oh * p.window.stride_h - p.window.pad_top;
    const Range rows = taps_inside(top, p.window.kernel_h, p.window.dilation_h, s.h);
    T* out = y + oh * s.ow;
    int32_t* where = switches == nullptr ? nullptr : switches + oh * s.ow;
    const long long left = rows.first < rows.last ? inside : s.ow;
    const long long vectors = max_vectors(row_of(p, s, x, top, rows), left, s.ow, out, where);
    for (long long ow = 0; ow < s.ow; ow++) {
      if (ow == left) ow = vectors;
      if (ow < s.ow) max_at(p, s, x, top, rows, ow, out + ow, where == nullptr ? nullptr : where + ow);
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

// What an average is divided by.
long long divisor(const pf_pool& p, Range rows, Range columns) {
  return p.count_padding ? static_cast<long long>(p.window.kernel_h) * p.window.kernel_w
                         : (rows.last - rows.first) * (columns.last - columns.first);
}

template <class T>
T average_at(const pf_pool& p, const Sizes& s, const T* x, long long top, Range rows, long long ow) {
  const long long left = ow * p.window.stride_w - p.window.pad_left;
  const Range columns = taps_inside(left, p.window.kernel_w, p.window.dilation_w, s.w);
  const long long cells = divisor(p, rows, columns);
  T sum = T(0);
  for (long long kh = rows.first; kh < rows.last; kh++) {
    const T* row = x + (top + kh * p.window.dilation_h) * s.w + left;
    for (long long kw = columns.first; kw < columns.last; kw++) sum += row[kw * p.window.dilation_w];
  }
  return cells == 0 ? T(0) : sum / static_cast<T>(cells);
}

long long average_vectors(const PoolRow& row, long long ow, long long end, long long cells, float* y) {
  return average_row(row, ow, end, static_cast<float>(cells), y);
}

long long average_vectors(const PoolRow&, long long ow, long long, long long, double*) { return ow; }

template <class T>
void average_forward(const pf_pool& p, const Sizes& s, const T* x, T* y) {
  const long long inside = smaller(first_inside(p.window), s.ow);
  for (long long oh = 0; oh < s.oh; oh++) {
    const long long top = oh * p.window.stride_h - p.window.pad_top;
    const Range rows = taps_inside(top, p.window.kernel_h, p.window.dilation_h, s.h);
    T* out = y + oh * s.ow;
    const long long left = rows.first < rows.last ? inside : s.ow;
    const long long cells = divisor(p, rows, {0, p.window.kernel_w});
    const long long vectors = average_vectors(row_of(p, s, x, top, rows), left, s.ow, cells, out);
    for (long long ow = 0; ow < s.ow; ow++) {
      if (ow == left) ow = vectors;
      if (ow < s.ow) out[ow] = average_at(p, s, x, top, rows, ow);
    }
  }
}

template <class T>
void average_backward(const pf_pool& p, const Sizes& s, const T* dy, T* dx) {
  memset(dx, 0, s.h * s.w * sizeof(T));
  for (long long oh = 0; oh < s.oh; oh++) {
    const long long top = oh * p.window.stride_h - p.window.pad_top;
    const Range rows = taps_inside(top, p.window.kernel_h, p.window.dilation_h, s.h);
    for (long long ow = 0; ow < s.ow; ow++) {
      const long long left = ow * p.window.stride_w - p.window.pad_left;
      const Range columns = taps_inside(left, p.window.kernel_w, p.window.dilation_w, s.w);
      const long long cells = divisor(p, rows, columns);
      if (cells == 0) continue;
      const T share = dy[oh * s.ow + ow] / static_cast<T>(cells);
      for (long long kh = rows.first; kh < rows.last; kh++) {
        T* row = dx + (top + kh * p.window.dilation_h) * s.w + left;
        for (long long kw = columns.first; kw < columns.last; kw++) row[kw * p.window.dilation_w] += share;
      }
    }
  }
}

template <class T>
void run_plane(const pf_pool& p, const Sizes& s, long long plane) {
  T* x = at<T>(image_of(p)) + plane * s.h * s.w;
  T* y = at<T>(result_of(p)) + plane * s.oh * s.ow;
  int32_t* switches = at<int32_t>(p.switches);
  if (switches != nullptr) switches += plane * s.oh * s.ow;
  if (p.kind == PF_POOL_MAX) {
    p.pass == PF_FORWARD ? max_forward(p, s, x, y, switches) : max_backward(s, y, switches, x);
  } else {
    p.pass == PF_FORWARD ? average_forward(p, s, x, y) : average_backward(p, s, y, x);
  }
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
  const pf_pool& p = *static_cast<const pf_pool*>(params);
  const Sizes s = sizes_of(p);
  for (long long plane = first; plane < last; plane++) {
    image_of(p).dtype == PF_FLOAT32 ? run_plane<float>(p, s, plane) : run_plane<double>(p, s, plane);
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_pool*>(params)->workspace; }

}  // namespace

extern const Family pool_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
