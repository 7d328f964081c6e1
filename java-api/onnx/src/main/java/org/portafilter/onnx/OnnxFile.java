package org.portafilter.onnx;

import java.nio.file.Path;
import java.util.Locale;
import org.portafilter.device.AtomicFile;
import org.portafilter.nn.Network;
import org.portafilter.shape.PortafilterException;

/**
 * Networks as ONNX files (opset {@value #OPSET}), for runtimes that read them.
 *
 * <p>What is written is inference: dropout is gone, batch norms use their running statistics. The
 * input is called {@code input} (N x C x H x W of bytes where the network begins with a rescale, of
 * floats elsewhere), the output {@code output}; N is free. Reading ONNX is not here yet.
 *
 * <pre>{@code
 * OnnxFile.save(net, Path.of("lenet.onnx"));
 * }</pre>
 */
public final class OnnxFile {
  /** The version of the operator set that files ask for. */
  public static final int OPSET = 17;

  private OnnxFile() {}

  /**
   * Writes a network; the old file, if any, stays whole until the new one is.
   *
   * @throws PortafilterException when the network holds an op that has no ONNX form here, when it
   *     is larger than the 2 GiB a protobuf holds, or when the file cannot be written
   */
  public static void save(Network net, Path file) {
    long bytes = net.state().bytes();
    if (bytes > Integer.MAX_VALUE - (1 << 20)) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "%s: the network has %,d bytes, an ONNX file holds 2 GiB at most",
              file,
              bytes));
    }
    AtomicFile.write(file, OnnxGraph.of(net).toByteArray());
  }
}
