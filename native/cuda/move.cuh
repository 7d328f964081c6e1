// Values in another place: rows into or out of a larger tensor, the channels last or not, an image into a larger
// frame or out of it.
#pragma once
#include "kernel.cuh"

struct MoveParams {
  Head head;
  int64 outer, row;  // rows, and elements of each
  int64 from_stride, to_stride;
  const void* from;
  void* to;
};

template <class T>
__device__ void move(const MoveParams& p) {
  const uint32 row = static_cast<uint32>(p.row);
  for (uint32 i = first_element(); i < p.outer * p.row; i += all_threads()) {
    put<T>(p.to, i / row * p.to_stride + i % row, get<T>(p.from, i / row * p.from_stride + i % row));
  }
}
PF_IMAGE_ELEMENTS(move, MoveParams)

struct TransposeParams {
  Head head;
  int64 rows, columns;  // of each of gridDim.z matrices
  const void* from;
  void* to;
};

// Tiles of 32 x 32 through shared memory, so that both sides are touched in order. Within one type it moves bits,
// whatever they mean.
template <class From, class To>
__device__ void transpose_tile(const TransposeParams& p) {
  __shared__ From tile[kLanes][kLanes + 1];
  const uint32 rows = static_cast<uint32>(p.rows), columns = static_cast<uint32>(p.columns);
  const From* from = static_cast<const From*>(p.from) + static_cast<int64>(blockIdx.z) * rows * columns;
  To* to = static_cast<To*>(p.to) + static_cast<int64>(blockIdx.z) * rows * columns;
  const uint32 lane = threadIdx.x % kLanes, line = threadIdx.x / kLanes;
  const uint32 row0 = blockIdx.y * kLanes, column0 = blockIdx.x * kLanes;
  for (uint32 r = line; r < kLanes; r += kRows) {
    if (row0 + r < rows && column0 + lane < columns) tile[r][lane] = from[(row0 + r) * columns + column0 + lane];
  }
  __syncthreads();
  for (uint32 c = line; c < kLanes; c += kRows) {
    if (column0 + c >= columns || row0 + lane >= rows) continue;
    narrow(widened(tile[lane][c]), to + (column0 + c) * rows + row0 + lane);
  }
}

template <class T>
__device__ void transpose(const TransposeParams& p) {
  transpose_tile<T, T>(p);
}
PF_IMAGE_BLOCKS(transpose, TransposeParams)

// float to T, and back.
template <class T>
__device__ void transpose_narrow(const TransposeParams& p) {
  transpose_tile<float, T>(p);
}
PF_NARROW(transpose_narrow, TransposeParams, true)

template <class T>
__device__ void transpose_widen(const TransposeParams& p) {
  transpose_tile<T, float>(p);
}
PF_NARROW(transpose_widen, TransposeParams, true)

struct ConvertParams {
  Head head;
  int64 count;
  const void* from;
  void* to;
};

template <class T>
__device__ void convert_narrow(const ConvertParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) put<T>(p.to, i, get<float>(p.from, i));
}
PF_NARROW(convert_narrow, ConvertParams, false)

template <class T>
__device__ void convert_widen(const ConvertParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) put<float>(p.to, i, get<T>(p.from, i));
}
PF_NARROW(convert_widen, ConvertParams, false)

struct FrameParams {
  Head head;
  int64 last, count, channels;
  int64 height, width;            // of what is written
  int64 from_height, from_width;  // of what is read
  int64 top, left;                // where row and column 0 of what is read lie in what is written; may be below 0
  const void* from;
  void* to;
};

// Zeros where there is nothing to read.
template <class T>
__device__ void frame(const FrameParams& p) {
  for (uint32 i = first_element(); i < p.count; i += all_threads()) {
    const Place at = place_of(i, p.last, p.channels, p.height, p.width);
    const int64 h = static_cast<int64>(at.h) - p.top, w = static_cast<int64>(at.w) - p.left;
    const bool inside = h >= 0 && h < p.from_height && w >= 0 && w < p.from_width;
    put<T>(p.to, i,
           inside ? get<T>(p.from, index_of(p.last, at.n, at.c, static_cast<uint32>(h), static_cast<uint32>(w),
                                            p.channels, p.from_height, p.from_width))
                  : Real<T>(0));
  }
}
PF_IMAGE_ELEMENTS(frame, FrameParams)
