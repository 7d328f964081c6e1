// Max and average pooling over channel blocks: one chunk per image and block, sixteen channels at once.
#include "portafilter/pool.h"
#include "wide.h"
#include "window.h"

namespace pf {
namespace PF_ISA {
namespace {

struct Sizes {
  long long planes, h, w, oh, ow;
};

Sizes sizes_of(const pf_pool& p) {
  return {p.x.dims[0] * blocks_of(p.x.dims[1]), p.x.dims[2], p.x.dims[3], p.y.dims[2], p.y.dims[3]};
}

int check(const void* params, Layout* out) {
  const pf_pool& p = *static_cast<const pf_pool*>(params);
  int status = check_blocked(p.x);
  if (status == PF_OK) status = check_blocked(p.y);
  if (status == PF_OK && p.kind == PF_POOL_MAX && p.switches.data != 0) {
    status = check_blocked(p.switches, PF_INT32);
  }
  if (status != PF_OK) return status;
  const Sizes s = sizes_of(p);
  out->chunks[0] = s.planes;
  out->nanoseconds[0] = static_cast<double>(s.planes * s.oh * s.ow * p.window.kernel_h * p.window.kernel_w) * 2;
  return PF_OK;
}

// The window of one output inside the input: taps [first, last) of each direction, and the position of tap (0, 0).
struct Cells {
  long long top, left, first_row, last_row, first_column, last_column;
  long long count() const { return (last_row - first_row) * (last_column - first_column); }
};

void clip(long long start, int kernel, int dilation, long long size, long long* first, long long* last) {
  *first = 0;
  *last = kernel;
  if (start >= 0 && start + static_cast<long long>(kernel - 1) * dilation < size) return;
  *first = start >= 0 ? 0 : ceil_div(-start, dilation);
  *last = larger(*first, start >= size ? 0 : smaller(kernel, (size - 1 - start) / dilation + 1));
}

Cells cells_of(const pf_pool& p, const Sizes& s, long long oh, long long ow) {
  Cells c;
  c.top = oh * p.window.stride_h - p.window.pad_top;
  c.left = ow * p.window.stride_w - p.window.pad_left;
  clip(c.top, p.window.kernel_h, p.window.dilation_h, s.h, &c.first_row, &c.last_row);
  clip(c.left, p.window.kernel_w, p.window.dilation_w, s.w, &c.first_column, &c.last_column);
  return c;
}

// Calls body(position in the plane) for every cell, rows first. A whole window of known size K is unrolled.
template <int K, class Body>
void each_cell(const pf_pool& p, const Sizes& s, const Cells& c, Body body) {
  if (K > 0 && c.count() == K * K) {
    const long long first = c.top * s.w + c.left;
#pragma GCC unroll 3
    for (int kh = 0; kh < K; kh++) {
#pragma GCC unroll 3
      for (int kw = 0; kw < K; kw++) body(first + kh * s.w + kw);
    }
    return;
  }
  for (long long kh = c.first_row; kh < c.last_row; kh++) {
    const long long row = (c.top + kh * p.window.dilation_h) * s.w + c.left;
    for (long long kw = c.first_column; kw < c.last_column; kw++) body(row + kw * p.window.dilation_w);
  }
}

// The maximum, NaN if there is one; of an empty window `least`.
template <int K>
void max_at(const pf_pool& p, const Sizes& s, const Cells& c, Wide least, const float* x, float* y) {
  Wide best = least;
  WideInt nan = {};
  each_cell<K>(p, s, c, [&](long long position) {
    const Wide v = wide(x + position * kPack);
    best = v > best ? v : best;
    nan |= v != v;
  });
  keep(y, nan ? wide_of(__builtin_nanf("")) : best);
}

// The first maximum, or the first NaN, and its position; of an empty window `least` at -1.
template <int K>
void max_at(const pf_pool& p, const Sizes& s, const Cells& c, Wide least, const float* x, float* y, int32_t* where) {
  Wide best = least;
  WideInt place = wide_of(int32_t{-1});
  bool fresh = true;
  each_cell<K>(p, s, c, [&](long long position) {
    const Wide v = wide(x + position * kPack);
    const WideInt here = wide_of(static_cast<int32_t>(position));
    const WideInt take = ((v > best) | (v != v)) & (best == best);
    best = fresh ? v : take ? v : best;
    place = fresh ? here : take ? here : place;
    fresh = false;
  });
  keep(y, best);
  keep(where, place);
}

template <int K>
void max_back(const pf_pool& p, const Sizes& s, const Cells& c, const float* dy, const int32_t* where, float* dx) {
  const Wide gradient = wide(dy);
  const WideInt place = wide(where);
  each_cell<K>(p, s, c, [&](long long position) {
    const WideInt here = wide_of(static_cast<int32_t>(position));
    float* to = dx + position * kPack;
    keep(to, wide(to) + (place == here ? gradient : Wide{}));
  });
}

float share_of(const pf_pool& p, const Cells& c) {
  const long long all = static_cast<long long>(p.window.kernel_h) * p.window.kernel_w;
  const long long cells = p.count_padding ? all : c.count();
  return cells == 0 ? 1.0f : static_cast<float>(cells);
}

template <int K>
void average_at(const pf_pool& p, const Sizes& s, const Cells& c, const float* x, float* y) {
  Wide sum = {};
  each_cell<K>(p, s, c, [&](long long position) { sum += wide(x + position * kPack); });
  keep(y, sum / share_of(p, c));
}

template <int K>
void average_back(const pf_pool& p, const Sizes& s, const Cells& c, const float* dy, float* dx) {
  const Wide part = wide(dy) / share_of(p, c);
  each_cell<K>(p, s, c, [&](long long position) {
    float* to = dx + position * kPack;
    keep(to, wide(to) + part);
  });
}

template <int K>
void run_plane(const pf_pool& p, const Sizes& s, long long plane) {
  float* x = at<float>(p.x) + plane * s.h * s.w * kPack;
  float* y = at<float>(p.y) + plane * s.oh * s.ow * kPack;
  int32_t* switches = at<int32_t>(p.switches);
  if (switches != nullptr) switches += plane * s.oh * s.ow * kPack;
  const bool forward = p.pass == PF_FORWARD, max = p.kind == PF_POOL_MAX;
  if (!forward) memset(x, 0, s.h * s.w * kPack * sizeof(float));
  Wide least = {};  // -infinity for every channel, zeros behind the last
  for (int c = 0; c < channels_of(plane % blocks_of(p.x.dims[1]), p.x.dims[1]); c++) least[c] = -__builtin_inff();
  for (long long oh = 0; oh < s.oh; oh++) {
    for (long long ow = 0; ow < s.ow; ow++) {
      const Cells c = cells_of(p, s, oh, ow);
      const long long i = (oh * s.ow + ow) * kPack;
      if (max && forward && switches == nullptr) {
        max_at<K>(p, s, c, least, x, y + i);
      } else if (max) {
        forward ? max_at<K>(p, s, c, least, x, y + i, switches + i) : max_back<K>(p, s, c, y + i, switches + i, x);
      } else {
        forward ? average_at<K>(p, s, c, x, y + i) : average_back<K>(p, s, c, y + i, x);
      }
    }
  }
}

int run(const void* params, const Layout&, int, long long first, long long last, char*) {
  const pf_pool& p = *static_cast<const pf_pool*>(params);
  const Sizes s = sizes_of(p);
  const pf_window& w = p.window;
  const bool square = w.kernel_h == w.kernel_w && w.dilation_h == 1 && w.dilation_w == 1;
  for (long long plane = first; plane < last; plane++) {
    if (square && w.kernel_h == 2) {
      run_plane<2>(p, s, plane);
    } else if (square && w.kernel_h == 3) {
      run_plane<3>(p, s, plane);
    } else {
      run_plane<0>(p, s, plane);
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_pool*>(params)->workspace; }

}  // namespace

extern const Family pool_blocks_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
