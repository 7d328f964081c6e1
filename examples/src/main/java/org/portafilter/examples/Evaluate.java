package org.portafilter.examples;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import org.portafilter.data.Dataset;
import org.portafilter.data.Idx;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Network;
import org.portafilter.shape.PortafilterException;
import org.portafilter.train.Evaluator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a saved model on the test images of a folder of IDX files. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    description = "Tests a saved model; prints one JSON object.")
final class Evaluate implements Callable<Integer> {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "FILE",
      description = "A model written by train --save.")
  private Path model = Path.of("");

  @Option(
      names = "--data",
      required = true,
      paramLabel = "DIR",
      description = "Folder with MNIST-like IDX files.")
  private Path data = Path.of("");

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "256",
      description = "Images at a time (${DEFAULT-VALUE}).")
  private int batch;

  @Override
  public Integer call() {
    if (batch < 1) {
      throw new PortafilterException("--batch must be at least 1, got " + batch);
    }
    Dataset test = Idx.mnist(data).test();
    try (Network net = ModelFile.load(model, Device.cpu());
        Evaluator evaluator =
            Evaluator.of(net, SoftmaxCrossEntropy.of(), Accuracy.of(), Accuracy.top(2))) {
      JsonObject json = new JsonObject();
      json.addProperty("images", test.size());
      for (Map.Entry<String, Double> value : evaluator.run(test.batches(batch)).entrySet()) {
        json.addProperty(value.getKey(), value.getValue());
      }
      System.out.println(json);
    }
    return 0;
  }
}
