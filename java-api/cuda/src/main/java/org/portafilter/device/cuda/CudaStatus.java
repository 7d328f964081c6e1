package org.portafilter.device.cuda;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.cuda.global.cudnn;
import org.portafilter.device.MemoryException;
import org.portafilter.shape.PortafilterException;

/** The one place where a status of CUDA, cuDNN or cuBLAS becomes an exception. */
final class CudaStatus {
  private static final int OUT_OF_MEMORY = 2;

  private CudaStatus() {}

  /** Of the runtime's functions, and of the driver's, whose numbers are the same. */
  static void cuda(int status, String what) {
    if (status == OUT_OF_MEMORY) {
      throw new MemoryException(
          what + ": the GPU has not enough free memory; use a smaller batch", 0);
    }
    if (status != 0) {
      throw failed(what, "CUDA", status, cudart.cudaGetErrorString(status).getString());
    }
  }

  static void cudnn(int status, String what) {
    if (status != 0) {
      throw failed(what, "cuDNN", status, cudnn.cudnnGetErrorString(status).getString());
    }
  }

  static void cublas(int status, String what) {
    if (status != 0) {
      throw failed(what, "cuBLAS", status, cublas.cublasGetStatusString(status).getString());
    }
  }

  private static PortafilterException failed(
      String what, String library, int status, String reason) {
    return new PortafilterException(
        "%s: %s answered %s (%s)".formatted(what, library, status, reason));
  }
}
