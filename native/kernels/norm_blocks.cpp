// Batch normalisation over channel blocks, with a residual term and ReLU on the way out and ReLU's mask on the way
// back. Statistics of fixed slices (images and rows that stay in L2) come first: count, mean and squared deviations,
// merged in slice order by Chan's formula in double; the second pass over the same slices writes.
//
// A slice finds its mean, then sums deviations from it (and their squares) over short runs in float, runs in double.
#include "portafilter/norm.h"
#include "wide.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kSlicePixels = 2048;  // 128 KiB of one block
constexpr long long kRun = 32;            // pixels summed in float
enum Tiling { kTiles = 0, kImages = 1, kSlices = 2 };

struct Sizes {
  long long n, c, area;
  long long blocks() const { return blocks_of(c); }
  long long stored() const { return blocks() * kPack; }
};

Sizes sizes_of(const pf_norm& p) { return {p.x.dims[0], p.x.dims[1], p.x.dims[2] * p.x.dims[3]}; }

int check_large(const pf_norm& p, const pf_view& view) {
  return is_blocked(view) && same_dims(view, p.x) ? check_blocked(view) : PF_INVALID;
}

int check(const void* params, Layout* out) {
  const pf_norm& p = *static_cast<const pf_norm*>(params);
  int status = check_large(p, p.x);
  if (status == PF_OK) status = check_large(p, p.y);
  if (status == PF_OK && p.pass == PF_BACKWARD_DATA) status = check_large(p, p.dx);
  if (status == PF_OK && p.residual.data != 0) status = check_large(p, p.residual);
  if (status == PF_OK && p.pass == PF_BACKWARD_DATA && p.activation == PF_RELU) status = check_large(p, p.output);
  if (status != PF_OK) return status;
  const Sizes s = sizes_of(p);
  // Small images go several to a slice, large ones are cut; eight slices or more where there are as many images.
  const long long tiles = ceil_div(s.area, kSlicePixels);
  const long long images = larger(1, smaller(kSlicePixels / s.area, s.n * s.blocks() / 8));
  const long long slices = ceil_div(s.n, images) * tiles;
  out->numerics = PF_NUMERICS_DOUBLE_SUM;
  out->tiling[kTiles] = tiles;
  out->tiling[kImages] = images;
  out->tiling[kSlices] = slices;
  const double elements = static_cast<double>(s.n * s.c * s.area);
  if (p.pass == PF_INFERENCE) {
    out->chunks[0] = s.blocks() * slices;
    out->nanoseconds[0] = elements * 0.3;
    return PF_OK;
  }
  out->stages = 3;
  out->chunks[0] = out->chunks[2] = s.blocks() * slices;
  out->chunks[1] = s.blocks();
  out->nanoseconds[0] = elements * 0.2;
  out->nanoseconds[1] = static_cast<double>(s.c * slices) * 4;
  out->nanoseconds[2] = elements * 0.3;
  out->shared = lines(s.stored() * 3 * 4) + lines(s.stored() * slices * 2 * 8);
  return PF_OK;
}

// Where a chunk of a pass lies: images [first, last), pixels [begin, end) of each.
struct Slice {
  long long block, index, first, last, begin, end;
  long long count() const { return (last - first) * (end - begin); }
};

Slice slice_at(const Sizes& s, const Layout& l, long long block, long long index) {
  const long long tiles = l.tiling[kTiles], tile = index % tiles, group = index / tiles;
  return {block,
          index,
          group * l.tiling[kImages],
          smaller(s.n, (group + 1) * l.tiling[kImages]),
          s.area * tile / tiles,
          s.area * (tile + 1) / tiles};
}

// Factors of the second pass, three per channel, then the partial sums, two per channel and slice.
float* factors_of(const pf_norm& p) { return at<float>(p.workspace); }

double* sums_of(const pf_norm& p, const Sizes& s, const Layout& l, long long block, long long slice) {
  return at<double>(p.workspace + lines(s.stored() * 3 * 4)) + (block * l.tiling[kSlices] + slice) * 2 * kPack;
}

// Calls body(offset of a run, pixels in it) for every run of a slice.
template <class Body>
void each_run(const Sizes& s, const Slice& slice, Body body) {
  for (long long n = slice.first; n < slice.last; n++) {
    const long long plane = (n * s.blocks() + slice.block) * s.area;
    for (long long i = slice.begin; i < slice.end; i += kRun) {
      body((plane + i) * kPack, smaller(kRun, slice.end - i));
    }
  }
}

void add(double* to, Wide run) {
  for (int i = 0; i < kPack; i++) to[i] += static_cast<double>(run[i]);
}

// Adds term(offset, first), term(offset, second) over a slice, in runs.
template <class Term>
void sum_pair(const Sizes& s, const Slice& slice, double* sums, Term term) {
  double first[kPack] = {}, second[kPack] = {};
  each_run(s, slice, [&](long long offset, long long count) {
    Wide a[2] = {}, b[2] = {};
    for (long long i = 0; i < count; i++) term(offset + i * kPack, &a[i % 2], &b[i % 2]);
    add(first, a[0] + a[1]);
    add(second, b[0] + b[1]);
  });
  memcpy(sums, first, sizeof first);
  memcpy(sums + kPack, second, sizeof second);
}

// Mean and squared deviations of a slice.
void gather(const pf_norm& p, const Sizes& s, const Layout& l, const Slice& slice) {
  const float* x = at<const float>(p.x);
  double total[kPack] = {};
  each_run(s, slice, [&](long long offset, long long count) {
    Wide sum[4] = {};
    for (long long i = 0; i < count; i++) sum[i % 4] += wide(x + offset + i * kPack);
    add(total, (sum[0] + sum[1]) + (sum[2] + sum[3]));
  });
  const double count = static_cast<double>(slice.count());
  float centre[kPack];
  for (int i = 0; i < kPack; i++) centre[i] = static_cast<float>(total[i] / count);
  const Wide middle = wide(centre);
  double* sums = sums_of(p, s, l, slice.block, slice.index);
  sum_pair(s, slice, sums, [&](long long offset, Wide* a, Wide* b) {
    const Wide d = wide(x + offset) - middle;
    *a += d;
    *b += d * d;
  });
  for (int i = 0; i < kPack; i++) {
    const double off = sums[i] / count;
    sums[i] = static_cast<double>(centre[i]) + off;
    sums[kPack + i] -= off * off * count;
  }
}

void finish_forward(const pf_norm& p, const Sizes& s, const Layout& l, long long block) {
  float* factors = factors_of(p) + block * 3 * kPack;
  keep(factors, Wide{});
  keep(factors + kPack, Wide{});
  for (int i = 0; i < channels_of(block, s.c); i++) {
    const long long c = block * kPack + i;
    double count = 0, mean = 0, squares = 0;
    for (long long index = 0; index < l.tiling[kSlices]; index++) {
      const double* sums = sums_of(p, s, l, block, index);
      const double more = static_cast<double>(slice_at(s, l, block, index).count());
      const double apart = sums[i] - mean, all = count + more;
      squares += sums[kPack + i] + apart * apart * count * more / all;
      mean += apart * more / all;
      count = all;
    }
    const double variance = squares / count;
    const double inv_std = 1.0 / __builtin_sqrt(variance + p.epsilon);
    const double scale = static_cast<double>(at<const float>(p.gamma)[c]) * inv_std;
    factors[i] = static_cast<float>(scale);
    factors[kPack + i] = static_cast<float>(static_cast<double>(at<const float>(p.beta)[c]) - scale * mean);
    at<float>(p.mean)[c] = static_cast<float>(mean);
    at<float>(p.inv_std)[c] = static_cast<float>(inv_std);
    const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
    const double old_mean = static_cast<double>(at<const float>(p.running_mean)[c]);
    const double old_variance = static_cast<double>(at<const float>(p.running_variance)[c]);
    at<float>(p.new_mean)[c] = static_cast<float>((1 - p.momentum) * old_mean + p.momentum * mean);
    at<float>(p.new_variance)[c] = static_cast<float>((1 - p.momentum) * old_variance + p.momentum * unbiased);
  }
}

template <bool kResidual, bool kRectify>
void scale_runs(const pf_norm& p, const Sizes& s, const Slice& slice, Wide scale, Wide shift) {
  const float* x = at<const float>(p.x);
  const float* more = at<const float>(p.residual);
  float* y = at<float>(p.y);
  each_run(s, slice, [&](long long offset, long long count) {
    for (long long i = offset; i < offset + count * kPack; i += kPack) {
      Wide value = scale * wide(x + i) + shift;
      if (kResidual) value += wide(more + i);
      keep(y + i, kRectify ? relu(value) : value);
    }
  });
}

void scale(const pf_norm& p, const Sizes& s, const Slice& slice, const float* factors) {
  const Wide by = wide(factors), plus = wide(factors + kPack);
  if (p.residual.data != 0) {
    p.activation == PF_RELU ? scale_runs<true, true>(p, s, slice, by, plus)
                            : scale_runs<true, false>(p, s, slice, by, plus);
  } else {
    p.activation == PF_RELU ? scale_runs<false, true>(p, s, slice, by, plus)
                            : scale_runs<false, false>(p, s, slice, by, plus);
  }
}

void infer(const pf_norm& p, const Sizes& s, const Slice& slice) {
  float factors[2 * kPack] = {};
  for (int i = 0; i < channels_of(slice.block, s.c); i++) {
    const long long c = slice.block * kPack + i;
    const double variance = static_cast<double>(at<const float>(p.running_variance)[c]);
    const double by = static_cast<double>(at<const float>(p.gamma)[c]) / __builtin_sqrt(variance + p.epsilon);
    const double mean = static_cast<double>(at<const float>(p.running_mean)[c]);
    factors[i] = static_cast<float>(by);
    factors[kPack + i] = static_cast<float>(static_cast<double>(at<const float>(p.beta)[c]) - by * mean);
  }
  scale(p, s, slice, factors);
}

// dy where the activation let it through. NaN in the output lets it pass.
template <bool kMask>
Wide passed(const float* dy, const float* output, long long i) {
  return kMask ? (wide(output + i) <= 0.0f ? Wide{} : wide(dy + i)) : wide(dy + i);
}

// Sums of dy and of dy (x - mean).
template <bool kMask>
void gather_gradients(const pf_norm& p, const Sizes& s, const Layout& l, const Slice& slice) {
  const float *x = at<const float>(p.x), *dy = at<const float>(p.y), *output = at<const float>(p.output);
  const Wide mean = some(at<const float>(p.mean) + slice.block * kPack, channels_of(slice.block, s.c));
  sum_pair(s, slice, sums_of(p, s, l, slice.block, slice.index), [&](long long offset, Wide* a, Wide* b) {
    const Wide d = passed<kMask>(dy, output, offset);
    *a += d;
    *b += d * (wide(x + offset) - mean);
  });
}

void finish_backward(const pf_norm& p, const Sizes& s, const Layout& l, long long block) {
  float* factors = factors_of(p) + block * 3 * kPack;
  const double count = static_cast<double>(s.n * s.area);
  for (int i = 0; i < 3; i++) keep(factors + i * kPack, Wide{});
  for (int i = 0; i < channels_of(block, s.c); i++) {
    const long long c = block * kPack + i;
    double dbeta = 0, dot = 0;
    for (long long index = 0; index < l.tiling[kSlices]; index++) {
      const double* sums = sums_of(p, s, l, block, index);
      dbeta += sums[i];
      dot += sums[kPack + i];
    }
    const double inv_std = static_cast<double>(at<const float>(p.inv_std)[c]), dgamma = dot * inv_std;
    const double scale = static_cast<double>(at<const float>(p.gamma)[c]) * inv_std;
    const double slope = -scale * inv_std * dgamma / count;
    at<float>(p.dbeta)[c] = static_cast<float>(dbeta);
    at<float>(p.dgamma)[c] = static_cast<float>(dgamma);
    factors[i] = static_cast<float>(scale);
    factors[kPack + i] = static_cast<float>(slope);
    factors[2 * kPack + i] =
        static_cast<float>(-scale * dbeta / count - slope * static_cast<double>(at<const float>(p.mean)[c]));
  }
}

template <bool kMask>
void spread_gradients(const pf_norm& p, const Sizes& s, const Slice& slice) {
  const float *x = at<const float>(p.x), *dy = at<const float>(p.y), *output = at<const float>(p.output);
  const float* factors = factors_of(p) + slice.block * 3 * kPack;
  const Wide scale = wide(factors), slope = wide(factors + kPack), constant = wide(factors + 2 * kPack);
  float* dx = at<float>(p.dx);
  each_run(s, slice, [&](long long offset, long long count) {
    for (long long i = offset; i < offset + count * kPack; i += kPack) {
      keep(dx + i, scale * passed<kMask>(dy, output, i) + (slope * wide(x + i) + constant));
    }
  });
}

int run(const void* params, const Layout& layout, int stage, long long first, long long last, char*) {
  const pf_norm& p = *static_cast<const pf_norm*>(params);
  const Sizes s = sizes_of(p);
  const bool mask = p.activation == PF_RELU;
  for (long long chunk = first; chunk < last; chunk++) {
    if (stage == 1) {
      p.pass == PF_FORWARD ? finish_forward(p, s, layout, chunk) : finish_backward(p, s, layout, chunk);
      continue;
    }
    const Slice slice = slice_at(s, layout, chunk / layout.tiling[kSlices], chunk % layout.tiling[kSlices]);
    if (p.pass == PF_INFERENCE) {
      infer(p, s, slice);
    } else if (p.pass == PF_FORWARD) {
      stage == 0 ? gather(p, s, layout, slice) : scale(p, s, slice, factors_of(p) + slice.block * 3 * kPack);
    } else if (stage == 0) {
      mask ? gather_gradients<true>(p, s, layout, slice) : gather_gradients<false>(p, s, layout, slice);
    } else {
      mask ? spread_gradients<true>(p, s, slice) : spread_gradients<false>(p, s, slice);
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_norm*>(params)->workspace; }

}  // namespace

extern const Family norm_blocks_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
