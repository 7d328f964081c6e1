///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 17+
//DEPS org.portafilter:portafilter-platform:0.1.0-SNAPSHOT
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import org.portafilter.data.DrawnShapes;
import org.portafilter.data.HorizontalFlip;
import org.portafilter.data.RandomCrop;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.*;
import org.portafilter.optim.Adam;
import org.portafilter.optim.schedule.Cosine;
import org.portafilter.train.ProgressLine;
import org.portafilter.train.Trainer;

/** Trains a small colour network on shapes the library draws. Runs with jbang, or with java -cp and the jars. */
public class TrainShapes {
  public static void main(String[] args) {
    int epochs = args.length > 0 ? Integer.parseInt(args[0]) : 3;
    var shapes = DrawnShapes.split(3_000, 1_000, 42);
    var batches = shapes.train().batches(50).augmented(RandomCrop.of(2), HorizontalFlip.of());
    var layers = Sequential.of(
        Rescale.of(1 / 127.5, -1),
        Conv2d.of(16, 3).withPadding(1), BatchNorm.of(), Relu.of(), MaxPool.of(2),
        Conv2d.of(32, 3).withPadding(1), BatchNorm.of(), Relu.of(), MaxPool.of(2),
        Conv2d.of(64, 3).withPadding(1), BatchNorm.of(), Relu.of(), GlobalAveragePool.of(),
        Dense.of(DrawnShapes.CLASSES.size()));
    try (var net = Network.create(layers, shapes.train().shape(), Device.cpu(), 42);
        var trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(3e-3))) {
      trainer.schedule(Cosine.of((long) epochs * batches.count()))
          .callback(ProgressLine.to(System.err))
          .fit(batches, epochs);
      System.out.println("accuracy " + trainer.evaluate(shapes.test().batches(250), Accuracy.of()));
    }
  }
}
