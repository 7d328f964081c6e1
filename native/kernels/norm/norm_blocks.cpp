// Batch normalisation over channel blocks, with a residual term and ReLU on the way out and ReLU's mask on the way
// back. Statistics of fixed slices (images and rows that stay in L2) come first: count, mean and squared deviations,
// merged in slice order by Chan's formula in double; the second pass over the same slices writes.
//
// A slice takes the mean of its first run for a centre and sums deviations from it (and their squares) over short runs
// in float, runs in double. The centre is off by at most sqrt(pixels / kRun) deviations of the slice, so what the
// correction takes away from the squares is at most pixels / kRun times what is left.
#include "norm_factors.h"
#include "shared/wide.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kSlicePixels = 2048;  // 128 KiB of one block
constexpr long long kRun = 32;            // pixels summed in float
struct Tiling {
  long long tiles, images, slices;
};

struct Sizes {
  long long n, c, area;
  long long blocks() const { return blocks_of(c); }
  long long stored() const { return blocks() * kPack; }
};

Sizes sizes_of(const pf_norm& p) { return {p.x.dims[0], p.x.dims[1], p.x.dims[2] * p.x.dims[3]}; }

int check_large(const pf_norm& p, const pf_view& view) {
  return is_blocked(view) && same_dims(view, p.x) ? check_blocked(view) : PF_INVALID;
}

int check(const void* params, Cut* out) {
  const pf_norm& p = *static_cast<const pf_norm*>(params);
  int status = check_large(p, p.x);
  const bool back = p.pass == PF_BACKWARD_DATA;
  if (status == PF_OK && (!back || mask_of(p) == NormMask::kOutput)) status = check_large(p, p.y);
  if (status == PF_OK && back) status = check_large(p, p.dx);
  if (status == PF_OK && back) status = check_large(p, p.dy);
  if (status == PF_OK && p.residual.data != 0) status = check_large(p, p.residual);
  if (status != PF_OK) return status;
  const Sizes s = sizes_of(p);
  // Small images go several to a slice, large ones are cut; eight slices or more where there are as many images.
  const long long tiles = ceil_div(s.area, kSlicePixels);
  const long long images = larger(1, smaller(kSlicePixels / s.area, s.n * s.blocks() / 8));
  const long long slices = ceil_div(s.n, images) * tiles;
  out->numerics = PF_NUMERICS_DOUBLE_SUM;
  out->keep(Tiling{tiles, images, slices});
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

struct Affine {
  Wide scale, shift;
};

// Where a chunk of a pass lies: images [first, last), pixels [begin, end) of each.
struct Slice {
  long long block, index, first, last, begin, end;
  long long count() const { return (last - first) * (end - begin); }
};

Slice slice_at(const Sizes& s, const Tiling& tiling, long long block, long long index) {
  const long long tiles = tiling.tiles, tile = index % tiles, group = index / tiles;
  return {block,
          index,
          group * tiling.images,
          smaller(s.n, (group + 1) * tiling.images),
          s.area * tile / tiles,
          s.area * (tile + 1) / tiles};
}

// Factors of the second pass, three per channel, then the partial sums, two per channel and slice.
float* factors_of(const pf_norm& p) { return at<float>(p.workspace); }

double* sums_of(const pf_norm& p, const Sizes& s, const Tiling& tiling, long long block, long long slice) {
  return at<double>(p.workspace + lines(s.stored() * 3 * 4)) + (block * tiling.slices + slice) * 2 * kPack;
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

void add(double* to, vec run) {
  float lanes[kVecLanes];
  store(lanes, run);
  for (int i = 0; i < kVecLanes; i++) to[i] += static_cast<double>(lanes[i]);
}

// Adds term(offset, part, first, second) over a slice, in runs: one vector of a run's pixels after the other, since
// the sums of all of them would not fit sixteen registers.
template <class Term>
void sum_pair(const Sizes& s, const Slice& slice, double* sums, Term term) {
  double first[kPack] = {}, second[kPack] = {};
  each_run(s, slice, [&](long long offset, long long count) {
#pragma GCC unroll 4
    for (int part = 0; part < kBlockVecs; part++) {
      vec a0 = {}, a1 = {}, a2 = {}, a3 = {}, b0 = {}, b1 = {}, b2 = {}, b3 = {};
      const long long lanes = offset + part * kVecLanes;
      long long i = 0;
      for (; i + 4 <= count; i += 4) {
        const long long at = lanes + i * kPack;
        term(at, part, &a0, &b0);
        term(at + kPack, part, &a1, &b1);
        term(at + 2 * kPack, part, &a2, &b2);
        term(at + 3 * kPack, part, &a3, &b3);
      }
      for (; i < count; i++) term(lanes + i * kPack, part, &a0, &b0);
      add(first + part * kVecLanes, (a0 + a1) + (a2 + a3));
      add(second + part * kVecLanes, (b0 + b1) + (b2 + b3));
    }
  });
  memcpy(sums, first, sizeof first);
  memcpy(sums + kPack, second, sizeof second);
}

// The mean of a slice's first run.
Wide centre_of(const pf_norm& p, const Sizes& s, const Slice& slice) {
  const float* x = at<const float>(p.x) + ((slice.first * s.blocks() + slice.block) * s.area + slice.begin) * kPack;
  const long long count = smaller(kRun, slice.end - slice.begin);
  Wide sum = {};
  for (long long i = 0; i < count; i++) sum += wide(x + i * kPack);
  return sum / static_cast<float>(count);
}

// Mean and squared deviations of a slice.
void gather(const pf_norm& p, const Sizes& s, const Tiling& tiling, const Slice& slice) {
  const float* x = at<const float>(p.x);
  const Wide centre = centre_of(p, s, slice);
  double* sums = sums_of(p, s, tiling, slice.block, slice.index);
  sum_pair(s, slice, sums, [&](long long offset, int part, vec* a, vec* b) {
    const vec d = load(x + offset) - centre.part[part];
    *a += d;
    *b += d * d;
  });
  const double count = static_cast<double>(slice.count());
  float centres[kPack];
  keep(centres, centre);
  for (int i = 0; i < kPack; i++) {
    const double off = sums[i] / count;
    sums[i] = static_cast<double>(centres[i]) + off;
    sums[kPack + i] -= off * off * count;
  }
}

void finish_forward(const pf_norm& p, const Sizes& s, const Tiling& tiling, long long block) {
  float* factors = factors_of(p) + block * 3 * kPack;
  keep(factors, Wide{});
  keep(factors + kPack, Wide{});
  for (int i = 0; i < channels_of(block, s.c); i++) {
    const long long c = block * kPack + i;
    double count = 0, mean = 0, squares = 0;
    for (long long index = 0; index < tiling.slices; index++) {
      const double* sums = sums_of(p, s, tiling, block, index);
      const double more = static_cast<double>(slice_at(s, tiling, block, index).count());
      const double apart = sums[i] - mean, all = count + more;
      squares += sums[kPack + i] + apart * apart * count * more / all;
      mean += apart * more / all;
      count = all;
    }
    const double variance = squares / count;
    const double inv_std = 1.0 / __builtin_sqrt(variance + p.epsilon);
    at<float>(p.mean)[c] = static_cast<float>(mean);
    at<float>(p.inv_std)[c] = static_cast<float>(inv_std);
    const NormFactors<float> y = batch_factors<float>(p, c);
    factors[i] = y.scale;
    factors[kPack + i] = y.shift;
    const double unbiased = count > 1 ? variance * count / (count - 1) : variance;
    const double old_mean = static_cast<double>(at<const float>(p.running_mean)[c]);
    const double old_variance = static_cast<double>(at<const float>(p.running_variance)[c]);
    at<float>(p.new_mean)[c] = static_cast<float>((1 - p.momentum) * old_mean + p.momentum * mean);
    at<float>(p.new_variance)[c] = static_cast<float>((1 - p.momentum) * old_variance + p.momentum * unbiased);
  }
}

template <bool kResidual, bool kRectify, class Put>
void scale_runs(const pf_norm& p, const Sizes& s, const Slice& slice, const Affine& by, Put put) {
  const float* x = at<const float>(p.x);
  const float* more = at<const float>(p.residual);
  float* y = at<float>(p.y);
  each_run(s, slice, [&](long long offset, long long count) {
    for (long long i = offset; i < offset + count * kPack; i += kPack) {
      put(y + i, each_part([&](int part) {
            const long long lane = i + part * kVecLanes;
            vec value = by.scale.part[part] * load(x + lane) + by.shift.part[part];
            if (kResidual) value += load(more + lane);
            return kRectify ? relu_of(value) : value;
          }));
    }
  });
}

template <class Put>
void scale(const pf_norm& p, const Sizes& s, const Slice& slice, const float* factors, Put put) {
  const Affine by = {wide(factors), wide(factors + kPack)};
  if (p.residual.data != 0) {
    p.activation == PF_RELU ? scale_runs<true, true>(p, s, slice, by, put)
                            : scale_runs<true, false>(p, s, slice, by, put);
  } else {
    p.activation == PF_RELU ? scale_runs<false, true>(p, s, slice, by, put)
                            : scale_runs<false, false>(p, s, slice, by, put);
  }
}

// Around the caches where y is large and none of its lines were just read.
void scale(const pf_norm& p, const Sizes& s, const Slice& slice, const float* factors) {
  if (passes_by(p.y) && p.y.data != p.x.data && p.y.data != p.residual.data) {
    scale(p, s, slice, factors, [](float* to, Wide v) { keep_past(to, v); });
    passed_by();
  } else {
    scale(p, s, slice, factors, [](float* to, Wide v) { keep(to, v); });
  }
}

void infer(const pf_norm& p, const Sizes& s, const Slice& slice) {
  float factors[2 * kPack] = {};
  for (int i = 0; i < channels_of(slice.block, s.c); i++) {
    const NormFactors<float> y = running_factors<float>(p, slice.block * kPack + i);
    factors[i] = y.scale;
    factors[kPack + i] = y.shift;
  }
  scale(p, s, slice, factors);
}

// The gradient of the norm's own result: dy where the activation let it through. NaN in the output lets it pass.
struct Passed {
  const float *x, *dy, *output;
  Affine y;  // the output again, where it is found from x

  Passed(const pf_norm& p, const Sizes& s, long long block)
      : x(at<const float>(p.x)), dy(at<const float>(p.dy)), output(at<const float>(p.y)), y{} {
    if (mask_of(p) != NormMask::kInput) return;
    float factors[2 * kPack] = {};
    for (int i = 0; i < channels_of(block, s.c); i++) {
      const NormFactors<float> channel = batch_factors<float>(p, block * kPack + i);
      factors[i] = channel.scale;
      factors[kPack + i] = channel.shift;
    }
    y = {wide(factors), wide(factors + kPack)};
  }

  // Of the vector at offset i, which is a part of its pixel.
  template <NormMask kMask>
  vec at_offset(long long i, int part) const {
    if (kMask == NormMask::kNone) return load(dy + i);
    const vec out =
        kMask == NormMask::kOutput ? load(output + i) : y.scale.part[part] * load(x + i) + y.shift.part[part];
    return out <= vec{} ? vec{} : load(dy + i);
  }
};

// Sums of dy and of dy (x - mean).
template <NormMask kMask>
void gather_gradients(const pf_norm& p, const Sizes& s, const Tiling& tiling, const Slice& slice) {
  const Passed passed(p, s, slice.block);
  const Wide mean = some(at<const float>(p.mean) + slice.block * kPack, channels_of(slice.block, s.c));
  sum_pair(s, slice, sums_of(p, s, tiling, slice.block, slice.index), [&](long long offset, int part, vec* a, vec* b) {
    const vec d = passed.at_offset<kMask>(offset, part);
    *a += d;
    *b += d * (load(passed.x + offset) - mean.part[part]);
  });
}

void finish_backward(const pf_norm& p, const Sizes& s, const Tiling& tiling, long long block) {
  float* factors = factors_of(p) + block * 3 * kPack;
  const double count = static_cast<double>(s.n * s.area);
  for (int i = 0; i < 3; i++) keep(factors + i * kPack, Wide{});
  for (int i = 0; i < channels_of(block, s.c); i++) {
    const long long c = block * kPack + i;
    double dbeta = 0, dot = 0;
    for (long long index = 0; index < tiling.slices; index++) {
      const double* sums = sums_of(p, s, tiling, block, index);
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

template <NormMask kMask, class Put>
void spread_gradients(const pf_norm& p, const Sizes& s, const Slice& slice, Put put) {
  const Passed passed(p, s, slice.block);
  const float* factors = factors_of(p) + slice.block * 3 * kPack;
  const Wide scale = wide(factors), slope = wide(factors + kPack), constant = wide(factors + 2 * kPack);
  float* dx = at<float>(p.dx);
  each_run(s, slice, [&](long long offset, long long count) {
    for (long long i = offset; i < offset + count * kPack; i += kPack) {
      put(dx + i, each_part([&](int part) {
            const long long lane = i + part * kVecLanes;
            return scale.part[part] * passed.at_offset<kMask>(lane, part) +
                   (slope.part[part] * load(passed.x + lane) + constant.part[part]);
          }));
    }
  });
}

template <NormMask kMask>
void backward(const pf_norm& p, const Sizes& s, const Tiling& tiling, int stage, const Slice& slice) {
  if (stage == 0) {
    gather_gradients<kMask>(p, s, tiling, slice);
  } else if (passes_by(p.dx) && p.dx.data != p.dy.data && p.dx.data != p.x.data) {
    spread_gradients<kMask>(p, s, slice, [](float* to, Wide v) { keep_past(to, v); });
    passed_by();
  } else {
    spread_gradients<kMask>(p, s, slice, [](float* to, Wide v) { keep(to, v); });
  }
}

int run(const void* params, const Cut& cut, int stage, long long first, long long last, char*) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_norm& p = *static_cast<const pf_norm*>(params);
  const Sizes s = sizes_of(p);
  const NormMask mask = mask_of(p);
  for (long long chunk = first; chunk < last; chunk++) {
    if (stage == 1) {
      p.pass == PF_FORWARD ? finish_forward(p, s, tiling, chunk) : finish_backward(p, s, tiling, chunk);
      continue;
    }
    const Slice slice = slice_at(s, tiling, chunk / tiling.slices, chunk % tiling.slices);
    if (p.pass == PF_INFERENCE) {
      infer(p, s, slice);
    } else if (p.pass == PF_FORWARD) {
      stage == 0 ? gather(p, s, tiling, slice) : scale(p, s, slice, factors_of(p) + slice.block * 3 * kPack);
    } else if (mask == NormMask::kNone) {
      backward<NormMask::kNone>(p, s, tiling, stage, slice);
    } else if (mask == NormMask::kOutput) {
      backward<NormMask::kOutput>(p, s, tiling, stage, slice);
    } else {
      backward<NormMask::kInput>(p, s, tiling, stage, slice);
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_norm*>(params)->workspace; }

}  // namespace

extern const Family norm_blocks_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
