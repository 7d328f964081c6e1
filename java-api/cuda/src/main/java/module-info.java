import org.portafilter.device.DeviceProvider;
import org.portafilter.device.cuda.CudaProvider;

/** The device {@code cuda}: NVIDIA GPUs through cuDNN, cuBLAS and NVRTC. */
module org.portafilter.cuda {
  requires org.portafilter;
  requires org.bytedeco.javacpp;
  requires org.bytedeco.cuda;
  requires static transitive org.jspecify;

  provides DeviceProvider with
      CudaProvider;
}
