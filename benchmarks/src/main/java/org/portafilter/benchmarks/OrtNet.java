package org.portafilter.benchmarks;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.portafilter.device.Device;
import org.portafilter.nn.Network;
import org.portafilter.onnx.OnnxFile;
import org.portafilter.shape.Shape;

/** A network in ONNX Runtime, from our own ONNX file: inference only. */
final class OrtNet implements Contender {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final byte[] pixels;
  private final long[] shape;
  private final float[] logits;
  private final int checked;

  OrtNet(Row work, int threads) {
    int batch = work.batch();
    boolean lenet = work.kind().equals("lenet");
    pixels = lenet ? LeNetData.images(batch) : Nets.images(work.kind(), batch);
    checked = lenet ? batch : 1;
    try (Network net = lenet ? OursLeNet.network(1) : network(work.kind())) {
      Shape image = net.input();
      shape = new long[] {batch, image.dim(0), image.dim(1), image.dim(2)};
      logits = new float[batch * Math.toIntExact(net.output().count())];
      Path file = Files.createTempFile("portafilter", ".onnx");
      OnnxFile.save(net, file);
      OrtSession.SessionOptions options = new OrtSession.SessionOptions();
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(file.toString(), options);
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Network network(String name) {
    Network net = Network.create(Nets.layer(name), Nets.image(name), Device.cpu(1), 1);
    Nets.values(name).forEach((path, values) -> net.state().get(path).write(values));
    return net;
  }

  private void infer(byte[] bytes, long[] dims, float[] out) {
    ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length).put(0, bytes);
    try (OnnxTensor input = OnnxTensor.createTensor(environment, direct, dims, OnnxJavaType.UINT8);
        OrtSession.Result result = session.run(Map.of(Network.INPUT, input))) {
      FloatBuffer values = ((OnnxTensor) result.get(0)).getFloatBuffer();
      values.get(out);
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void run() {
    infer(pixels, shape, logits);
  }

  @Override
  public double[] check() {
    int batch = Math.toIntExact(shape[0]);
    float[] first = new float[logits.length / batch * checked];
    infer(
        Arrays.copyOf(pixels, pixels.length / batch * checked),
        new long[] {checked, shape[1], shape[2], shape[3]},
        first);
    double[] result = new double[first.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = first[i];
    }
    return result;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
