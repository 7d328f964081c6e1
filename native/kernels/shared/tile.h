// The register tile that every convolution over channel blocks is made of: R rows by P panels of sixteen columns stay
// in registers while a sum over blocks, taps and lanes passes.
//
//   y[r][panel] = sum over blocks, taps, lanes of a(block, tap, r, lane) * b(block, tap, lane)[panel]
//
// Forward, a row is an output pixel, a lane an input channel, a panel sixteen output channels. In the gradient of the
// weights, a row is an input channel and a lane an output pixel. In Winograd's products, rows are tiles. After the
// batch-reduce product of Georganas et al. 2019 (arXiv 1906.06440).
#pragma once
#include "blocks.h"
#include "vector.h"

namespace pf {
namespace PF_ISA {

#if defined(__AVX512F__)
constexpr int kTileRows = 14;  // 14 x 2 sums, 2 panels, 1 broadcast
constexpr int kTilePanels = 2;
#elif defined(__AVX2__)
constexpr int kTileRows = 6;
constexpr int kTilePanels = 1;
#else
constexpr int kTileRows = 3;
constexpr int kTilePanels = 1;
#endif

struct Tile {
  const float* a;
  long long a_row, a_lane, a_block;
  const float* b[kTilePanels];
  long long b_block;
  long long blocks, taps, lanes;
  long long last_lanes = 0;  // of the last block, where fewer of its lanes count; 0: all
  const long long* a_tap;    // offsets of each tap
  const long long* b_tap;
  float* y[kTilePanels];
  long long y_row;
  const float* bias[kTilePanels] = {};  // null: none
  const float* add[kTilePanels] = {};   // null: none; rows as far apart as y's
  bool accumulate = false, rectify = false;
  bool past_caches = false;  // y is large and each of its lines written whole
  bool fetch_a = false;      // a is far: the block after the next is asked for, at the end the next tile's first ones
  bool fetch_y = false;      // y is far: its lines are asked for before the sums begin
};

// Vectors of a narrow panel, whose second half holds no channels; its tiles have twice the rows. There is none where a
// block is one vector.
constexpr int kNarrow = kBlockVecs > 1 ? kBlockVecs / 2 : 1;

// Calls body(r, p, v, sum) for every vector of the sums, all of them in registers: V of each panel.
template <int R, int P, int V, class Body>
static inline __attribute__((always_inline)) void each_sum(vec (&sums)[R][P * V], Body body) {
#pragma GCC unroll 14
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int p = 0; p < P; p++) {
#pragma GCC unroll 4
      for (int v = 0; v < V; v++) body(r, p, v, sums[r][p * V + v]);
    }
  }
}

// Stores whole blocks: zeros behind the last channel.
template <int R, int P, int V, class Put>
static inline __attribute__((always_inline)) void put(const Tile& t, vec (&sums)[R][P * V], Put store_at) {
#pragma GCC unroll 14
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 2
    for (int p = 0; p < P; p++) {
#pragma GCC unroll 4
      for (int v = 0; v < kBlockVecs; v++) {
        store_at(t.y[p] + r * t.y_row + v * kVecLanes, v < V ? sums[r][p * V + v] : vec{});
      }
    }
  }
}

template <int R, int P, int V>
static inline __attribute__((always_inline)) void finish(const Tile& t, vec (&sums)[R][P * V]) {
  if (t.accumulate) {
    each_sum<R, P, V>(sums, [&](int r, int p, int v, vec& sum) { sum += load(t.y[p] + r * t.y_row + v * kVecLanes); });
  }
  if (t.bias[0] != nullptr) {
    each_sum<R, P, V>(sums, [&](int, int p, int v, vec& sum) { sum += load(t.bias[p] + v * kVecLanes); });
  }
  if (t.add[0] != nullptr) {
    each_sum<R, P, V>(sums,
                      [&](int r, int p, int v, vec& sum) { sum += load(t.add[p] + r * t.y_row + v * kVecLanes); });
  }
  if (t.rectify) {
    each_sum<R, P, V>(sums, [&](int, int, int, vec& sum) { sum = relu_of(sum); });
  }
  t.past_caches ? put<R, P, V>(t, sums, [](float* to, vec x) { pass_by(to, x); })
                : put<R, P, V>(t, sums, [](float* to, vec x) { store(to, x); });
}

// ROW and LANE: floats between a's rows and lanes where they are known; 0 elsewhere. LANE kOneLane: a tap has one lane.
constexpr int kOneLane = -1;
template <int R, int P, int V, int ROW, int LANE>
static void tile_of(const Tile& t) {
  constexpr int W = P * V;
  const long long row = ROW > 0 ? ROW : t.a_row, lane = LANE > 0 ? LANE : t.a_lane;
  vec sums[R][W];
#pragma GCC unroll 14
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 8
    for (int w = 0; w < W; w++) sums[r][w] = splat(0.0f);
  }
  if (t.fetch_y) {
    for (int r = 0; r < R; r++) {
      for (int p = 0; p < P; p++) __builtin_prefetch(t.y[p] + r * t.y_row, 1);
    }
  }
  const long long full = LANE == kOneLane ? 1 : t.lanes, last = t.last_lanes > 0 ? t.last_lanes : full;
  for (long long block = 0; block < t.blocks; block++) {
    const long long lanes = block + 1 < t.blocks ? full : last;
#pragma GCC unroll 1
    for (long long tap = 0; tap < t.taps; tap++) {
      const float* a = t.a + block * t.a_block + t.a_tap[tap];
      const float* b[P];
      for (int p = 0; p < P; p++) b[p] = t.b[p] + block * t.b_block + t.b_tap[tap];
      if (t.fetch_a) {
        const long long beyond = block + 2 - t.blocks;
        const float* next = beyond < 0 ? a + 2 * t.a_block : t.a + R * row + smaller(beyond, t.blocks - 1) * t.a_block;
#pragma GCC unroll 14
        for (int r = 0; r < R; r++) __builtin_prefetch(next + r * row);
      }
#pragma GCC unroll 4
      for (long long l = 0; l < (LANE == kOneLane ? 1 : lanes); l++, a += lane) {
        vec w[W];
#pragma GCC unroll 8
        for (int v = 0; v < W; v++) w[v] = load(b[v / V] + l * kPack + v % V * kVecLanes);
#pragma GCC unroll 14
        for (int r = 0; r < R; r++) {
          const vec x = splat(a[r * row]);
#pragma GCC unroll 8
          for (int v = 0; v < W; v++) sums[r][v] = fma_of(x, w[v], sums[r][v]);
        }
      }
    }
  }
  finish<R, P, V>(t, sums);
}

typedef void (*TileFunction)(const Tile&);

template <int P, int ROW, int LANE, int V = kBlockVecs>
static inline TileFunction tile_with(int rows) {
  constexpr int kMost = V < kBlockVecs ? 2 * kTileRows : kTileRows;
#define PF_TILE(n) (n <= kMost ? tile_of < n <= kMost ? n : 1, P, V, ROW, LANE > : nullptr)
  static const TileFunction functions[] = {PF_TILE(1),  PF_TILE(2),  PF_TILE(3),  PF_TILE(4), PF_TILE(5),
                                           PF_TILE(6),  PF_TILE(7),  PF_TILE(8),  PF_TILE(9), PF_TILE(10),
                                           PF_TILE(11), PF_TILE(12), PF_TILE(13), PF_TILE(14)};
#undef PF_TILE
  return functions[rows - 1];
}

// The tile of `rows` pixels (1 to kTileRows) and `panels`, for a tile's a_row and a_lane: 1 where the lanes of a pixel
// are neighbours, 0 where a tap has one lane only.
static inline TileFunction pixel_tile(int rows, int panels, long long a_row, long long a_lane) {
  if (a_lane == 0) {
    return panels < kTilePanels ? tile_with<1, 0, kOneLane>(rows)
           : a_row == 1         ? tile_with<kTilePanels, 1, kOneLane>(rows)
           : a_row == 2         ? tile_with<kTilePanels, 2, kOneLane>(rows)
                                : tile_with<kTilePanels, 0, kOneLane>(rows);
  }
  if (a_lane != 1) return panels < kTilePanels ? tile_with<1, 0, 0>(rows) : tile_with<kTilePanels, 0, 0>(rows);
  if (panels == kTilePanels) {
    return a_row == 16   ? tile_with<kTilePanels, 16, 1>(rows)
           : a_row == 32 ? tile_with<kTilePanels, 32, 1>(rows)
                         : tile_with<kTilePanels, 0, 1>(rows);
  }
  return a_row == 16 ? tile_with<1, 16, 1>(rows) : tile_with<1, 0, 1>(rows);
}

// The same for a narrow panel, up to twice as many rows.
static inline TileFunction narrow_pixel_tile(int rows, long long a_row, long long a_lane) {
  if (a_lane == 0) return tile_with<1, 0, kOneLane, kNarrow>(rows);
  if (a_lane != 1) return tile_with<1, 0, 0, kNarrow>(rows);
  return a_row == 16 ? tile_with<1, 16, 1, kNarrow>(rows) : tile_with<1, 0, 1, kNarrow>(rows);
}

// The tile of `rows` of a packed product, kRowFloats apart or, where `turned`, neighbours.
constexpr long long kRowFloats = 272;  // an odd number of cache lines
static inline TileFunction product_tile(int rows, int panels, bool turned) {
  if (panels == kTilePanels) {
    return turned ? tile_with<kTilePanels, 1, kRowFloats>(rows) : tile_with<kTilePanels, kRowFloats, 1>(rows);
  }
  return turned ? tile_with<1, 1, 0>(rows) : tile_with<1, 0, 1>(rows);
}

// Rows of a channel tile: at most half a block, so that its sums and two panels fit.
constexpr int kChannelRows = kTileRows >= 8 ? 8 : kTileRows;

// The tile of `rows` input channels (1 to kChannelRows) and `panels`, for a tile's a_lane; rows are neighbours.
static inline TileFunction channel_tile(int rows, int panels, long long a_lane) {
  if (panels == kTilePanels) {
    return a_lane == 16   ? tile_with<kTilePanels, 1, 16>(rows)
           : a_lane == 32 ? tile_with<kTilePanels, 1, 32>(rows)
                          : tile_with<kTilePanels, 1, 0>(rows);
  }
  return tile_with<1, 1, 0>(rows);
}

// The same for a narrow panel, up to twice as many rows.
static inline TileFunction narrow_channel_tile(int rows, long long a_lane) {
  return a_lane == 16 ? tile_with<1, 1, 16, kNarrow>(rows) : tile_with<1, 1, 0, kNarrow>(rows);
}

// Whether a panel of so many channels is narrow.
static inline bool is_narrow(long long channels) { return kBlockVecs > 1 && channels <= kNarrow * kVecLanes; }

// Cuts `count` rows into tiles of nearly equal size, at most `most` each: where tile i begins.
struct EvenRows {
  long long count, tiles;
  EvenRows(long long rows, long long most) : count(rows), tiles(ceil_div(rows, most)) {}
  long long at(long long tile) const { return count * tile / tiles; }
};

}  // namespace PF_ISA
}  // namespace pf
