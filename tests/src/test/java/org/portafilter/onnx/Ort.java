package org.portafilter.onnx;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.portafilter.nn.Network;

/** ONNX Runtime, for networks of one input and one output. */
final class Ort implements AutoCloseable {
  private final OrtSession session;

  /** What a run gave. */
  record Answer(OnnxJavaType type, long[] dims, double[] values) {}

  private Ort(OrtSession session) {
    this.session = session;
  }

  /** Reads a file: ONNX Runtime checks its structure, its names, its types and its shapes. */
  static Ort open(Path file) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      return new Ort(OrtEnvironment.getEnvironment().createSession(file.toString(), options));
    }
  }

  /** The element type and the dimensions of the input, -1 for free ones. */
  TensorInfo input() throws OrtException {
    return (TensorInfo) session.getInputInfo().get(Network.INPUT).getInfo();
  }

  /** The same of the output. */
  TensorInfo output() throws OrtException {
    return (TensorInfo) session.getOutputInfo().get(Network.OUTPUT).getInfo();
  }

  /** Runs it on values, given in the type that the file's input has. */
  Answer run(double[] values, long... dims) throws OrtException {
    OnnxJavaType type = input().type;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * type.size).order(ByteOrder.nativeOrder());
    for (double value : values) {
      switch (type) {
        case UINT8 -> bytes.put((byte) (int) value);
        case FLOAT -> bytes.putFloat((float) value);
        case DOUBLE -> bytes.putDouble(value);
        default -> throw new AssertionError("an input of " + type);
      }
    }
    try (OnnxTensor input =
            OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), bytes.flip(), dims, type);
        OrtSession.Result result = session.run(Map.of(Network.INPUT, input))) {
      OnnxTensor output = (OnnxTensor) result.get(Network.OUTPUT).orElseThrow();
      TensorInfo info = output.getInfo();
      double[] got =
          new double[Math.toIntExact(Arrays.stream(info.getShape()).reduce(1, (a, b) -> a * b))];
      ByteBuffer buffer = output.getByteBuffer().order(ByteOrder.nativeOrder());
      for (int i = 0; i < got.length; i++) {
        got[i] =
            info.type == OnnxJavaType.DOUBLE ? buffer.getDouble(8 * i) : buffer.getFloat(4 * i);
      }
      return new Answer(info.type, info.getShape(), got);
    }
  }

  @Override
  public void close() throws OrtException {
    session.close();
  }
}
