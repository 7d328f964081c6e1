package org.portafilter.onnx;

import java.nio.file.Path;
import java.util.Locale;
import org.portafilter.device.AtomicFile;
import org.portafilter.graph.Graph;
import org.portafilter.io.ModelFile;
import org.portafilter.nn.Network;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;

/**
 * Networks as ONNX files (opset {@value #OPSET}), for runtimes that read them.
 *
 * <p>What is written is inference: dropout is gone, batch norms use their running statistics. The
 * input is called {@code input} (N x C x H x W, or N x features), the output {@code output}; N is
 * free. Their element types are the network's own: values have the type the network was trained on,
 * {@link Network#preferredInput()}, unless another is asked for; the metadata entry {@value
 * #INPUTS_KEY} names the file's type first and after it the other that the network takes. A network
 * that computes in {@code FLOAT64} is written in {@code FLOAT64}; ONNX allows that for every
 * operator used here, but runtimes leave some out (ONNX Runtime has no convolutions of doubles).
 * Reading ONNX is not here yet.
 *
 * <pre>{@code
 * OnnxFile.save(net, Path.of("lenet.onnx"));
 * }</pre>
 */
public final class OnnxFile {
  /** The version of the operator set that files ask for. */
  public static final int OPSET = 17;

  /** The metadata entry with the types of inputs, as in {@link ModelFile}. */
  static final String INPUTS_KEY = ModelFile.INPUTS_KEY;

  private OnnxFile() {}

  /**
   * Writes a network; the old file, if any, stays whole until the new one is. The input's type is
   * the network's {@link Network#preferredInput()}.
   *
   * @throws PortafilterException when the network holds an op that has no ONNX form here, when it
   *     is larger than the 2 GiB a protobuf holds, or when the file cannot be written; nothing has
   *     been written then
   */
  public static void save(Network net, Path file) {
    save(net, file, net.preferredInput());
  }

  /**
   * The same with an input of this type.
   *
   * @param inputType one of {@link Network#inputTypes()}
   * @throws PortafilterException as above, and when the network does not take the type
   */
  public static void save(Network net, Path file, DType inputType) {
    net.requireInputType(inputType);
    long bytes = bytes(net);
    if (bytes > Integer.MAX_VALUE - (1 << 20)) {
      throw new PortafilterException(
          String.format(
              Locale.ROOT,
              "%s: the network has %,d bytes, an ONNX file holds 2 GiB at most",
              file,
              bytes));
    }
    AtomicFile.write(file, OnnxGraph.of(net, inputType).toByteArray());
  }

  /** Bytes of the tensors that inference reads. */
  private static long bytes(Network net) {
    Graph graph = net.inferenceGraph();
    return graph.states().keySet().stream()
        .mapToLong(path -> net.state().get(path).type().bytes())
        .sum();
  }
}
