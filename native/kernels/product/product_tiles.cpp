// Matrix product in register tiles: C is cut into chunks of rows and columns, and the sum over k into runs. A chunk
// brings a run of A's rows into its scratch, where they stay in the second-level cache, and two panels of B at a time,
// which stay in the first, in the order the tiles read them. B can be prepared once.
//
// B in panels: [panel of 16 columns][k][16]. A's rows lie kRowFloats apart; where A is transposed, its columns do.
#include "product.h"
#include "shared/tile.h"
#include "shared/transpose.h"

namespace pf {
namespace PF_ISA {
namespace {

constexpr long long kRun = 256;                                           // of k
constexpr long long kMostRows = kTileRows * (kTilePanels > 1 ? 32 : 36);  // of a chunk, inside L2 with a run
constexpr long long kMostColumns = 1024;
constexpr long long kPair = kTilePanels * kPack;            // columns of a tile
constexpr long long kChunks = 8;                            // wanted where there is work for them
constexpr double kSmall = 1e6;                              // operations that need not be shared
constexpr double kLarge = 1e9;                              // operations of which twice as many chunks are wanted
constexpr double kLeastFill = kTilePanels > 1 ? 0.8 : 0.5;  // part of the panels' columns that must count
constexpr long long kPreparedBytes = 64LL << 20;
struct Tiling {
  long long rows, columns;
};

long long panels_of(const ProductSizes& s) { return ceil_div(s.n, kPack); }

// The size of equal parts of `count`, at most `most` each, in multiples of `unit`.
long long even_part(long long count, long long most, long long unit) {
  return ceil_div(ceil_div(count, ceil_div(count, most)), unit) * unit;
}

// Floats of a chunk's copy of A: a run of its rows or, transposed, the rows of a run.
long long copied_floats(const pf_product& p, const ProductSizes& s, long long rows) {
  return (p.transpose_a ? smaller(kRun, s.k) : rows) * kRowFloats;
}

int check(const void* params, Cut* out) {
  const pf_product& p = *static_cast<const pf_product*>(params);
  const ProductSizes s = sizes_of(p);
  const bool fills = static_cast<double>(s.n) >= kLeastFill * static_cast<double>(panels_of(s) * kPack);
  const bool wanted = p.algorithm == PF_NUMERICS_TILES;
  if (kVecLanes < 8 || p.a.dtype != PF_FLOAT32 || !(wanted || fills)) return PF_UNSUPPORTED;
  if (!may_be(p.algorithm, PF_NUMERICS_TILES)) return PF_UNSUPPORTED;
  const double flops = 2.0 * static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
  const long long bytes = lines(panels_of(s) * s.k * kPack * 4);
  out->numerics = PF_NUMERICS_TILES;
  out->prepared = p.transpose_b && bytes <= kPreparedBytes ? bytes : 0;
  if (p.prepared != 0 && out->prepared == 0) return PF_UNSUPPORTED;
  if (p.prepare != 0) {
    out->chunks[0] = panels_of(s);
    out->nanoseconds[0] = static_cast<double>(s.n * s.k) * 0.3;
    return PF_OK;
  }
  const long long chunks = flops > kLarge ? 2 * kChunks : flops > kSmall ? kChunks : 1;
  // Rows of a transposed A are copied side by side.
  const long long most = p.transpose_a ? kRowFloats / kTileRows * kTileRows : kMostRows;
  long long rows = even_part(s.m, most, kTileRows);
  long long columns = even_part(panels_of(s) * kPack, kMostColumns, kPair);
  const long long few = 2 * kTileRows;
  while (ceil_div(s.m, rows) * ceil_div(s.n, columns) < chunks && (rows > few || columns > kPair)) {
    if (columns > kPair && (columns >= rows || rows <= few)) {
      columns = ceil_div(columns, 2 * kPair) * kPair;
    } else {
      rows = ceil_div(rows, few) * kTileRows;
    }
  }
  out->keep(Tiling{rows, columns});
  out->chunks[0] = ceil_div(s.m, rows) * ceil_div(s.n, columns);
  out->nanoseconds[0] = flops / 50.0;
  out->scratch = lines(copied_floats(p, s, rows) * 4) + lines(kPair * smaller(kRun, s.k) * 4);
  return PF_OK;
}

// Rows and columns of C.
struct Chunk {
  long long row, rows, first, last;
};

// Columns [first, first + count) of op(B), k in [from, from + run), as a panel.
void pack_panel(const pf_product& p, const ProductSizes& s, long long first, long long from, long long run, float* to) {
  const float* b = at<const float>(p.b);
  const long long count = smaller(kPack, s.n - first);
  if (p.transpose_b) return gather_rows(to, b + first * s.k + from, s.k, run, count);
  for (long long k = 0; k < run; k++) keep(to + k * kPack, some(b + (from + k) * s.n + first, count));
}

// Rows [first, first + rows) of op(A), k in [from, from + run).
void copy_rows(const pf_product& p, const ProductSizes& s, long long first, long long rows, long long from,
               long long run, float* to) {
  const float* a = at<const float>(p.a);
  const long long lines_of_copy = p.transpose_a ? run : rows, length = p.transpose_a ? rows : run;
  for (long long i = 0; i < lines_of_copy; i++) {
    const float* source = p.transpose_a ? a + (from + i) * s.m + first : a + (first + i) * s.k + from;
    memcpy(to + i * kRowFloats, source, length * sizeof(float));
  }
}

// Rows of floats that are needed soon, in pieces too short for the hardware to foresee.
struct Soon {
  const float* from;
  long long stride, rows, floats;

  // Asks for part `part` of `parts`: all at once they would wait for each other.
  void fetch(long long part, long long parts) const {
    const long long across = ceil_div(floats, kPack), lines = rows * across;
    for (long long i = lines * part / parts; i < lines * (part + 1) / parts; i++) {
      __builtin_prefetch(from + i / across * stride + i % across * kPack, 0, 2);
    }
  }
};

// Of B while the pair of panels at `column` is multiplied: the next pair, or the first of the next run.
Soon next_panels(const pf_product& p, const ProductSizes& s, const Chunk& c, long long column, long long from,
                 long long run) {
  if (column + kPair < c.last) {
    column += kPair;
  } else {
    column = c.first;
    from += run;
    run = smaller(kRun, s.k - from);
  }
  if (run <= 0) return {nullptr, 0, 0, 0};
  const long long columns = smaller(kPair, c.last - column);
  if (p.prepared != 0) {
    return {at<const float>(p.prepared) + column * s.k + from * kPack, s.k * kPack, ceil_div(columns, kPack),
            run * kPack};
  }
  const float* b = at<const float>(p.b);
  if (p.transpose_b) return {b + column * s.k + from, s.k, columns, run};
  return {b + from * s.n + column, s.n, run, columns};
}

// Of A in the meantime: the pair's share of its next run.
Soon next_rows(const pf_product& p, const ProductSizes& s, const Chunk& c, long long column, long long next) {
  const long long ahead = smaller(kRun, s.k - next);
  if (p.transpose_a || ahead <= 0) return {nullptr, 0, 0, 0};
  const long long pairs = ceil_div(c.last - c.first, kPair), index = (column - c.first) / kPair;
  const long long row = c.rows * index / pairs;
  return {at<const float>(p.a) + (c.row + row) * s.k + next, s.k, c.rows * (index + 1) / pairs - row, ahead};
}

// One run's products of a pair of panels (or of one, whose columns may end early) with all rows of the chunk.
struct Products {
  bool turned;  // a's rows are neighbours
  const float* a;
  long long rows, run;
  const float* b;
  long long panel_floats;  // between panels of b
  float* c;
  long long stride, columns;
  const float* bias;
  bool accumulate, rectify;
  Soon b_soon, a_soon;
};

void multiply(const Products& p) {
  const long long no_tap = 0;
  const int panels = p.columns > kPack ? kTilePanels : 1;
  const bool whole = p.columns == panels * kPack;
  alignas(64) float bias[kPair] = {};
  alignas(64) float rest[kTileRows * kPair];  // where columns end early
  if (p.bias != nullptr) memcpy(bias, p.bias, p.columns * sizeof(float));
  Tile t;
  t.a_row = p.turned ? 1 : kRowFloats;
  t.a_lane = p.turned ? kRowFloats : 1;
  t.a_block = t.b_block = 0;
  t.blocks = t.taps = 1;
  t.lanes = p.run;
  t.a_tap = t.b_tap = &no_tap;
  t.accumulate = p.accumulate;
  t.fetch_y = whole;
  t.rectify = p.rectify;
  t.y_row = whole ? p.stride : kPair;
  const EvenRows cut(p.rows, kTileRows);
  for (long long tile = 0; tile < cut.tiles; tile++) {
    const long long begin = cut.at(tile), rows = cut.at(tile + 1) - begin;
    float* c = p.c + begin * p.stride;
    p.b_soon.fetch(tile, cut.tiles);
    p.a_soon.fetch(tile, cut.tiles);
    t.a = p.a + begin * t.a_row;
    for (int i = 0; i < panels; i++) {
      t.b[i] = p.b + i * p.panel_floats;
      t.y[i] = (whole ? c : rest) + i * kPack;
      t.bias[i] = p.bias == nullptr ? nullptr : bias + i * kPack;
    }
    for (long long r = 0; r < rows && !whole && p.accumulate; r++) {
      memcpy(rest + r * t.y_row, c + r * p.stride, p.columns * sizeof(float));
    }
    product_tile(static_cast<int>(rows), panels, p.turned)(t);
    for (long long r = 0; r < rows && !whole; r++) {
      memcpy(c + r * p.stride, rest + r * t.y_row, p.columns * sizeof(float));
    }
  }
}

void run_chunk(const pf_product& p, const ProductSizes& s, const Tiling& tiling, long long chunk, float* scratch) {
  const long long across = ceil_div(s.n, tiling.columns);
  const long long row = chunk / across * tiling.rows, rows = smaller(tiling.rows, s.m - row);
  const long long first = chunk % across * tiling.columns, last = smaller(s.n, first + tiling.columns);
  const Chunk c = {row, rows, first, last};
  float* packed = scratch + copied_floats(p, s, tiling.rows);
  const float* prepared = at<const float>(p.prepared);
  const float* bias = at<const float>(p.epilogue.bias);
  for (long long from = 0; from < s.k; from += kRun) {
    const long long run = smaller(kRun, s.k - from);
    const bool ends = from + run == s.k;
    copy_rows(p, s, row, rows, from, run, scratch);
    for (long long column = first; column < last; column += kPair) {
      const long long count = smaller(kPair, last - column);
      const float* b = prepared == nullptr ? packed : prepared + column * s.k + from * kPack;
      for (long long i = 0; i < count && prepared == nullptr; i += kPack) {
        pack_panel(p, s, column + i, from, run, packed + i * run);
      }
      multiply({p.transpose_a != 0, scratch, rows, run, b, prepared == nullptr ? run * kPack : s.k * kPack,
                at<float>(p.c) + row * s.n + column, s.n, count, bias == nullptr || !ends ? nullptr : bias + column,
                from > 0, ends && p.epilogue.activation == PF_RELU, next_panels(p, s, c, column, from, run),
                next_rows(p, s, c, column, from + run)});
    }
  }
}

int run(const void* params, const Cut& cut, int, long long first, long long last, char* scratch) {
  const Tiling tiling = cut.kept<Tiling>();
  const pf_product& p = *static_cast<const pf_product*>(params);
  const ProductSizes s = sizes_of(p);
  for (long long chunk = first; chunk < last; chunk++) {
    if (p.prepare != 0) {
      pack_panel(p, s, chunk * kPack, 0, s.k, at<float>(p.prepared) + chunk * kPack * s.k);
    } else {
      run_chunk(p, s, tiling, chunk, reinterpret_cast<float*>(scratch));
    }
  }
  return PF_OK;
}

long long workspace(const void* params) { return static_cast<const pf_product*>(params)->workspace; }

}  // namespace

extern const Family product_tiles_family = {check, run, workspace};

}  // namespace PF_ISA
}  // namespace pf
