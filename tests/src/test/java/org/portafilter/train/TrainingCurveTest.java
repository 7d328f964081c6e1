package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.data.Split;
import org.portafilter.device.Device;
import org.portafilter.io.ModelFile;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.metric.Accuracy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Flatten;
import org.portafilter.nn.Layer;
import org.portafilter.nn.Network;
import org.portafilter.nn.Rescale;
import org.portafilter.nn.Sequential;
import org.portafilter.optim.Adam;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.PortafilterException;
import org.portafilter.zoo.CifarResNet;
import org.portafilter.zoo.LeNet;

/** A few networks, a few steps, known losses; and what must hold of whole runs. */
@Tag("curve")
class TrainingCurveTest {
  @Test
  void aSmallSetIsLearntByHeart() {
    Split digits = DrawnDigits.split(100, 10, 3);
    try (Network net = Network.create(LeNet.of(10), digits.train().shape(), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(2e-3))) {
      trainer.fit(digits.train().batches(25), 30);
      assertEquals(1.0, trainer.evaluate(digits.train().batches(50), Accuracy.of()));
    }
  }

  @Test
  void theFirstLossIsTheLogarithmOfTheClasses() {
    Split digits = DrawnDigits.split(64, 10, 3);
    Layer flat = Sequential.of(Rescale.of(0), Flatten.of(), Dense.of(10));
    try (Network net = Network.create(flat, digits.train().shape(), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      double loss = trainer.evaluate(digits.train().batches(64), List.of()).get("loss");
      assertEquals(Math.log(10), loss, 1e-6);
    }
  }

  @Test
  void drawnDigitsAreTooHardForSoftmaxRegression() {
    Split digits = DrawnDigits.split(10_000, 5_000, 42);
    Layer linear = Sequential.of(Rescale.of(1 / 255.0), Flatten.of(), Dense.of(10));
    try (Network net = Network.create(linear, digits.train().shape(), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      double best = 0;
      for (int epoch = 1; epoch <= 15; epoch++) {
        trainer.fit(digits.train().batches(64), epoch);
        best = Math.max(best, trainer.evaluate(digits.test().batches(250), Accuracy.of()));
      }
      System.out.println("softmax regression on drawn digits: " + best);
      assertTrue(best < 0.93, "softmax regression reaches " + best);
      assertTrue(best > 0.5, "softmax regression reaches " + best);
    }
  }

  /**
   * Trains, possibly stopping after some steps as a killed process would, and returns the model
   * file's bytes.
   */
  private static byte[] train(
      Path folder, String name, Device device, int stopAfter, boolean resume) throws IOException {
    Batches batches = DrawnDigits.split(330, 10, 1).train().batches(32);
    Path file = folder.resolve(name + ".safetensors");
    Path checkpoints = Files.createDirectories(folder.resolve(name));
    try (Network net = Network.create(LeNet.of(10), batches.dataset().shape(), device, 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3)).seed(1)) {
      trainer.checkpoints(Checkpoints.in(checkpoints).withEverySteps(4));
      if (resume) {
        assertTrue(trainer.resume(checkpoints, batches));
      }
      int[] steps = {0};
      trainer.callback(
          new Callback() {
            @Override
            public void step(Step step) {
              if (++steps[0] == stopAfter) {
                throw new IllegalStateException("killed");
              }
            }
          });
      if (stopAfter > 0) {
        assertThrows(IllegalStateException.class, () -> trainer.fit(batches, 2));
        return new byte[0];
      }
      trainer.fit(batches, 2);
      assertEquals(2, trainer.history().epochs().size());
      ModelFile.save(net, file);
      return Files.readAllBytes(file);
    }
  }

  @Test
  void resumingContinuesBitForBit(@TempDir Path folder) throws IOException {
    byte[] whole = train(folder, "whole", Device.cpu(), 0, false);
    for (int kill : new int[] {6, 13, 18}) {
      train(folder, "killed" + kill, Device.cpu(), kill, false);
      assertArrayEquals(
          whole, train(folder, "killed" + kill, Device.cpu(), 0, true), "killed after " + kill);
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameFile(@TempDir Path folder) throws IOException {
    byte[] one = train(folder, "one", Device.cpu(1), 0, false);
    assertArrayEquals(one, train(folder, "two", Device.cpu(2), 0, false));
    assertArrayEquals(one, train(folder, "four", Device.cpu(4), 0, false));
  }

  @Test
  void aLossThatExplodesIsAnError() {
    Split digits = DrawnDigits.split(320, 10, 3);
    try (Network net = Network.create(LeNet.of(10), digits.train().shape(), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(1e12))) {
      PortafilterException e =
          assertThrows(
              PortafilterException.class, () -> trainer.fit(digits.train().batches(32), 3));
      assertTrue(e.getMessage().contains("learning rate"), e.getMessage());
    }
  }

  @Test
  void aCheckpointOfAnotherRunIsRefused(@TempDir Path folder) throws IOException {
    train(folder, "run", Device.cpu(), 0, false);
    Batches batches = DrawnDigits.split(330, 10, 1).train().batches(32);
    Path checkpoints = folder.resolve("run");
    try (Network net = Network.create(LeNet.of(10), batches.dataset().shape(), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3)).seed(2)) {
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> trainer.resume(checkpoints, batches));
      assertTrue(e.getMessage().contains("seed"), e.getMessage());
    }
    try (Network net =
            Network.create(CifarResNet.of(20, 10), batches.dataset().shape(), Device.cpu(), 1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3)).seed(1)) {
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> trainer.resume(checkpoints, batches));
      assertTrue(e.getMessage().contains("architecture"), e.getMessage());
    }
  }
}
