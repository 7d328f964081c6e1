// cuBLAS on the host: one product, straight from the sum, in double.
// clang-format off: the emulator's words come before the text that uses them.
#include "emulator.h"
#include "../../../native/cuda/kernel.cuh"
// clang-format on
#include "stream.h"

namespace {

struct Matrix {
  const void* data;
  bool transposed;
  int type, leading;  // 0 float, 1 double, 2 float16, 14 bfloat16

  // Column-major, as cuBLAS has it.
  double at(int row, int column) const {
    const long long i =
        transposed ? static_cast<long long>(row) * leading + column : static_cast<long long>(column) * leading + row;
    if (type == 2) return static_cast<double>(widened(static_cast<const float16*>(data)[i]));
    if (type == 14) return static_cast<double>(widened(static_cast<const bfloat16*>(data)[i]));
    return type == 1 ? static_cast<const double*>(data)[i] : static_cast<double>(static_cast<const float*>(data)[i]);
  }
};

constexpr int kInvalid = 7;

}  // namespace

extern "C" {

int cublasCreate_v2(void** handle) {
  static int one;
  *handle = &one;
  return kSuccess;
}

int cublasSetStream_v2(void*, void*) { return kSuccess; }

int cublasSetWorkspace_v2(void*, void* memory, size_t bytes) { return is_device(memory, bytes) ? kSuccess : kInvalid; }

int cublasGetVersion_v2(void*, int* version) {
  *version = 0;
  return kSuccess;
}

const char* cublasGetStatusString(int) { return "refused on the host"; }

// C (m x n) = op(A) (m x k) op(B) (k x n).
int cublasGemmEx(void*, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, const void* a,
                 int a_type, int lda, const void* b, int b_type, int ldb, const void* beta, void* c, int c_type,
                 int ldc, int compute, int algorithm) {
  const bool wide = c_type == 1;
  const size_t size = wide ? 8 : 4;
  const bool narrow = (a_type == 14 || a_type == 2) && c_type == 0 && compute == 68;
  const bool same = a_type == c_type && (wide ? compute == 70 : compute == 68 || compute == 77);
  const bool types = a_type == b_type && (narrow || same);
  const double one = wide ? *static_cast<const double*>(alpha) : static_cast<double>(*static_cast<const float*>(alpha));
  const double zero = wide ? *static_cast<const double*>(beta) : static_cast<double>(*static_cast<const float*>(beta));
  const bool sizes = lda >= (transpose_a ? k : m) && ldb >= (transpose_b ? n : k) && ldc >= m;
  if (!types || !sizes || algorithm != -1 || one != 1 || zero != 0) return kInvalid;
  const size_t a_count = static_cast<size_t>(lda) * static_cast<size_t>(transpose_a ? m : k);
  const size_t b_count = static_cast<size_t>(ldb) * static_cast<size_t>(transpose_b ? k : n);
  const size_t c_count = static_cast<size_t>(ldc) * static_cast<size_t>(n);
  const size_t factor = narrow ? 2 : size;
  const bool there = is_device(a, a_count * factor) && is_device(b, b_count * factor) && is_device(c, c_count * size);
  if (!there) return kInvalid;
  enqueue([=] {
    const Matrix left{a, transpose_a != 0, a_type, lda}, right{b, transpose_b != 0, b_type, ldb};
    for (int column = 0; column < n; column++) {
      for (int row = 0; row < m; row++) {
        double sum = 0;
        for (int i = 0; i < k; i++) sum += left.at(row, i) * right.at(i, column);
        const long long at = static_cast<long long>(column) * ldc + row;
        if (wide) {
          static_cast<double*>(c)[at] = sum;
        } else {
          static_cast<float*>(c)[at] = static_cast<float>(sum);
        }
      }
    }
  });
  return kSuccess;
}

}  // extern "C"
