// Max and average pooling over channel blocks: one chunk per image and block, sixteen channels at once. A pooling is a
// struct with row(), called before each row of outputs, and output(), called for each output in order.
#include "pool_shape.h"
#include "shared/wide.h"
#include "shared/window.h"

namespace pf {
namespace PF_ISA {
namespace {

struct Sizes {
  long long planes, h, w, oh, ow;
};

Sizes sizes_of(const pf_pool& p) {
  const pf_view &x = image_of(p), &y = result_of(p);
  return {x.dims[0] * blocks_of(x.dims[1]), x.dims[2], x.dims[3], y.dims[2], y.dims[3]};
}

int check(const void* params, Cut* out) {
  const pf_pool& p = *static_cast<const pf_pool*>(params);
  int status = check_blocked(image_of(p));
  if (status == PF_OK) status = check_blocked(result_of(p));
  if (status == PF_OK && p.kind == PF_POOL_MAX && p.switches.data != 0) {
    status = check_blocked(p.switches, PF_INT32);
  }
  if (status != PF_OK) return status;
  const Sizes s = sizes_of(p);
  out->chunks[0] = s.planes;
  out->nanoseconds[0] = static_cast<double>(s.planes * s.oh * s.ow * p.window.kernel_h * p.window.kernel_w) * 2;
  return PF_OK;
}

// Outputs [first, last) of one dimension whose windows lie inside the input.
struct Inside {
  long long first, last;
};

Inside inside(int pad, int stride, int kernel, int dilation, long long size, long long outputs) {
  const long long reach = static_cast<long long>(kernel - 1) * dilation, room = size - 1 + pad - reach;
  const long long first = smaller(outputs, ceil_div(pad, stride));
  return {first, room < 0 ? first : larger(first, smaller(outputs, room / stride + 1))};
}

// The taps [first, last) of one dimension that fall inside the input, tap 0 lying at `start`.
struct Taps {
  long long start, first, last;
  long long count() const { return last - first; }
};

Taps taps_at(long long start, int kernel, int dilation, long long size) {
  const long long first = start >= 0 ? 0 : ceil_div(-start, dilation);
  const long long last = start >= size ? 0 : smaller(kernel, (size - 1 - start) / dilation + 1);
  return {start, first, larger(first, last)};
}

// The window of one output.
struct Cells {
  Taps rows, columns;
  long long count() const { return rows.count() * columns.count(); }
};

struct Plane {
  const pf_window* window;
  long long h, w, oh, ow;
};

// Calls body(position in the plane) for every cell, rows first. A window of known size K lies inside and is unrolled.
template <int K, class Body>
void each_cell(const Plane& plane, const Cells& c, Body body) {
  if (K > 0) {
    const long long first = c.rows.start * plane.w + c.columns.start;
#pragma GCC unroll 3
    for (int kh = 0; kh < K; kh++) {
#pragma GCC unroll 3
      for (int kw = 0; kw < K; kw++) body(first + kh * plane.w + kw);
    }
    return;
  }
  for (long long kh = c.rows.first; kh < c.rows.last; kh++) {
    const long long row = (c.rows.start + kh * plane.window->dilation_h) * plane.w + c.columns.start;
    for (long long kw = c.columns.first; kw < c.columns.last; kw++) body(row + kw * plane.window->dilation_w);
  }
}

// A plane whose rows are touched in order before windows reach across them: one stream, which the machine foresees,
// in place of one per row of the window.
struct Rows {
  const float* x;
  long long touched;

  explicit Rows(const float* plane) : x(plane), touched(0) {}

  void row(const Plane& plane, long long oh) {
    const pf_window& w = *plane.window;
    const long long bottom = oh * w.stride_h - w.pad_top + static_cast<long long>(w.kernel_h - 1) * w.dilation_h;
    const long long end = larger(touched, smaller(plane.h, bottom + 1) * plane.w);
    touch_pixels(x, touched, end);
    touched = end;
  }
};

// The maximum, NaN if there is one; of an empty window `least`.
struct Max : Rows {
  float* y;
  Wide least;
  bool past_caches;

  Max(const float* from, float* to, Wide no_cell, bool by) : Rows(from), y(to), least(no_cell), past_caches(by) {}

  template <int K>
  void output(const Plane& plane, const Cells& c, long long i) {
    const Wide best = each_part([&](int part) {
      vec most = least.part[part];
      vec_int nan = {};
      each_cell<K>(plane, c, [&](long long position) {
        const vec v = load(x + position * kPack + part * kVecLanes);
        most = v > most ? v : most;
        nan |= v != v;
      });
      return nan ? splat(__builtin_nanf("")) : most;
    });
    past_caches ? keep_past(y + i * kPack, best) : keep(y + i * kPack, best);
  }
};

// The first maximum, or the first NaN, and its position; of an empty window `least` at -1.
struct MaxWhere : Rows {
  float* y;
  int32_t* where;
  Wide least;

  MaxWhere(const float* from, float* to, int32_t* switches, Wide no_cell)
      : Rows(from), y(to), where(switches), least(no_cell) {}

  template <int K>
  void output(const Plane& plane, const Cells& c, long long i) {
#pragma GCC unroll 4
    for (int part = 0; part < kBlockVecs; part++) {
      const long long lane = part * kVecLanes;
      vec best = least.part[part];
      vec_int place = vec_int{} - 1;
      bool fresh = true;
      each_cell<K>(plane, c, [&](long long position) {
        const vec v = load(x + position * kPack + lane);
        const vec_int here = vec_int{} + static_cast<int32_t>(position);
        const vec_int take = ~(v <= best) & (best == best);  // larger or NaN, unless NaN was there first
        best = fresh ? v : take ? v : best;
        place = fresh ? here : take ? here : place;
        fresh = false;
      });
      store(y + i * kPack + lane, best);
      store(where + i * kPack + lane, place);
    }
  }
};

struct Average : Rows {
  float* y;
  bool count_padding, past_caches;

  Average(const float* from, float* to, bool padding, bool by)
      : Rows(from), y(to), count_padding(padding), past_caches(by) {}

  template <int K>
  void output(const Plane& plane, const Cells& c, long long i) {
    const vec cells = splat(cells_of(plane, c, count_padding));
    const Wide mean = each_part([&](int part) {
      vec sum = {};
      each_cell<K>(plane, c, [&](long long position) { sum += load(x + position * kPack + part * kVecLanes); });
      return sum / cells;
    });
    past_caches ? keep_past(y + i * kPack, mean) : keep(y + i * kPack, mean);
  }

  static float cells_of(const Plane& plane, const Cells& c, bool padding) {
    const long long all = static_cast<long long>(plane.window->kernel_h) * plane.window->kernel_w;
    const long long cells = padding ? all : c.count();
    return cells == 0 ? 1.0f : static_cast<float>(cells);
  }
};

// A plane of gradients that outputs add to, cleared row by row just before.
struct Gradients {
  float* dx;
  long long cleared;

  void clear(const Plane& plane, long long rows) {
    if (rows <= cleared) return;
    memset(dx + cleared * plane.w * kPack, 0, (rows - cleared) * plane.w * kPack * sizeof(float));
    cleared = rows;
  }

  void row(const Plane& plane, long long oh) {
    const pf_window& w = *plane.window;
    const long long bottom = oh * w.stride_h - w.pad_top + static_cast<long long>(w.kernel_h - 1) * w.dilation_h;
    clear(plane, oh + 1 == plane.oh ? plane.h : smaller(plane.h, bottom + 1));
  }

  float* at_pixel(long long position) const { return dx + position * kPack; }
};

struct MaxBack : Gradients {
  const float* dy;
  const int32_t* where;

  MaxBack(float* to, const float* from, const int32_t* switches) : Gradients{to, 0}, dy(from), where(switches) {}

  template <int K>
  void output(const Plane& plane, const Cells& c, long long i) {
#pragma GCC unroll 4
    for (int part = 0; part < kBlockVecs; part++) {
      const long long lane = part * kVecLanes;
      const vec gradient = load(dy + i * kPack + lane);
      const vec_int place = load(where + i * kPack + lane);
      each_cell<K>(plane, c, [&](long long position) {
        float* to = at_pixel(position) + lane;
        store(to, load(to) + (place == vec_int{} + static_cast<int32_t>(position) ? gradient : vec{}));
      });
    }
  }
};

struct AverageBack : Gradients {
  const float* dy;
  bool count_padding;

  AverageBack(float* to, const float* from, bool padding) : Gradients{to, 0}, dy(from), count_padding(padding) {}

  template <int K>
  void output(const Plane& plane, const Cells& c, long long i) {
    const vec cells = splat(Average::cells_of(plane, c, count_padding));
#pragma GCC unroll 4
    for (int part = 0; part < kBlockVecs; part++) {
      const vec share = load(dy + i * kPack + part * kVecLanes) / cells;
      each_cell<K>(plane, c, [&](long long position) {
        float* to = at_pixel(position) + part * kVecLanes;
        store(to, load(to) + share);
      });
    }
  }
};

// Every output of a plane in order: those whose windows lie inside with the window's size known.
template <int K, class Pool>
void each_output(const Plane& plane, Pool pool) {
  const pf_window& w = *plane.window;
  const Inside tall = inside(w.pad_top, w.stride_h, w.kernel_h, w.dilation_h, plane.h, plane.oh);
  const Inside wide = inside(w.pad_left, w.stride_w, w.kernel_w, w.dilation_w, plane.w, plane.ow);
  for (long long oh = 0; oh < plane.oh; oh++) {
    pool.row(plane, oh);
    const Taps rows = taps_at(oh * w.stride_h - w.pad_top, w.kernel_h, w.dilation_h, plane.h);
    const auto edge = [&](long long first, long long last) {
      for (long long ow = first; ow < last; ow++) {
        const Taps columns = taps_at(ow * w.stride_w - w.pad_left, w.kernel_w, w.dilation_w, plane.w);
        pool.template output<0>(plane, {rows, columns}, oh * plane.ow + ow);
      }
    };
    if (oh < tall.first || oh >= tall.last) {
      edge(0, plane.ow);
      continue;
    }
    edge(0, wide.first);
    for (long long ow = wide.first; ow < wide.last; ow++) {
      const Taps columns = {ow * w.stride_w - w.pad_left, 0, w.kernel_w};
      pool.template output<K>(plane, {rows, columns}, oh * plane.ow + ow);
    }
    edge(wide.last, plane.ow);
  }
}

// -infinity for every channel, zeros behind the last.
Wide least_of(const pf_pool& p, long long plane) {
  float least[kPack] = {};
  for (int c = 0; c < channels_of(plane % blocks_of(p.x.dims[1]), p.x.dims[1]); c++) least[c] = -__builtin_inff();
  return wide(least);
}

template <int K>
void run_plane(const pf_pool& p, const Sizes& s, long long index) {
  const Plane plane = {&p.window, s.h, s.w, s.oh, s.ow};
  float* x = at<float>(image_of(p)) + index * s.h * s.w * kPack;
  float* y = at<float>(result_of(p)) + index * s.oh * s.ow * kPack;
  int32_t* switches = at<int32_t>(p.switches);
  if (switches != nullptr) switches += index * s.oh * s.ow * kPack;
  if (p.kind == PF_POOL_AVERAGE) {
    p.pass == PF_FORWARD ? each_output<K>(plane, Average(x, y, p.count_padding != 0, passes_by(p.y)))
                         : each_output<K>(plane, AverageBack(x, y, p.count_padding != 0));
  } else if (p.pass == PF_BACKWARD_DATA) {
    each_output<K>(plane, MaxBack(x, y, switches));
  } else if (switches != nullptr) {
    each_output<K>(plane, MaxWhere(x, y, switches, least_of(p, index)));
  } else {
    each_output<K>(plane, Max(x, y, least_of(p, index), passes_by(p.y)));
  }
}

int run(const void* params, const Cut&, int, long long first, long long last, char*) {
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
  passed_by();
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_pool*>(params)->workspace; }

}  // namespace

extern const Family pool_blocks_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
