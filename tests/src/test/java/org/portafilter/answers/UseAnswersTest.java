package org.portafilter.answers;

import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.device.Device;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Dense;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.optim.Adam;
import org.portafilter.shape.DType;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.Shape;
import org.portafilter.tensor.Tensor;
import org.portafilter.train.EarlyStopping;
import org.portafilter.train.Trainer;
import org.portafilter.zoo.LeNet;

/** Networks and sessions used after closing, or by two threads. */
@Tag("answer")
class UseAnswersTest {
  private static final Batches DIGITS = DrawnDigits.split(64, 1, 1).train().batches(32);

  private static Network lenet() {
    return Network.create(LeNet.of(10), Shape.of(1, 28, 28), Device.cpu(), 1);
  }

  /** Beyond what 32 bits, a buffer, or any machine holds. */
  @Test
  void hugeBatches() {
    try (Network net = lenet()) {
      for (int batch : new int[] {1 << 29, 1 << 30, Integer.MAX_VALUE}) {
        Answers.expect(
            "a session for " + batch + " images", () -> net.session(batch), "smaller batch");
      }
    }
    Answers.expect(
        "a layer of 3,000,000,000 weights",
        () -> Network.create(Dense.of(60_000), Shape.of(50_000), Device.cpu(), 1),
        "weights",
        "60000x50000",
        "at most");
    try (Tensor tensor = Tensor.allocate(Device.cpu(), Shape.of(4), DType.FLOAT32)) {
      ByteBuffer one = ByteBuffer.allocate(4);
      Answers.expect(
          "bytes far behind a tensor", () -> tensor.read(Long.MAX_VALUE, one), "16 bytes");
      Answers.expect(
          "bytes far behind a tensor", () -> tensor.write(Long.MAX_VALUE - 3, one), "16 bytes");
    }
  }

  @Test
  void closedThings() {
    Network net = lenet();
    Predictor predictor = net.session(1);
    predictor.close();
    Answers.expect(
        "a closed session", () -> predictor.predict(new byte[784]), "session was closed");
    Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3));
    trainer.close();
    Answers.expect("a closed trainer", () -> trainer.fit(DIGITS, 1), "trainer was closed");
    net.close();
    Answers.expect(
        "a closed network", () -> net.session(1), "network was closed", "create or load");
  }

  @Test
  void twoThreads() throws InterruptedException {
    try (Network net = lenet();
        Predictor predictor = net.session(256)) {
      byte[] images = new byte[256 * 784];
      AtomicReference<PortafilterException> refused = new AtomicReference<>();
      CountDownLatch done = new CountDownLatch(2);
      for (int i = 0; i < 2; i++) {
        new Thread(
                () -> {
                  try {
                    while (refused.get() == null) {
                      predictor.predict(images);
                    }
                  } catch (PortafilterException e) {
                    refused.set(e);
                  } finally {
                    done.countDown();
                  }
                })
            .start();
      }
      if (!done.await(60, TimeUnit.SECONDS)) {
        throw new AssertionError("a session let two threads in for a minute");
      }
      Answers.require(
          "a session on two threads",
          refused.get().getMessage(),
          "another thread",
          "one session per thread");
    }
  }

  @Test
  void inferenceOverAStateBeingTrained() throws InterruptedException {
    try (Network net = lenet();
        Predictor predictor = net.session(1);
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      AtomicReference<Throwable> refused = new AtomicReference<>();
      Thread training =
          new Thread(
              () -> {
                try {
                  trainer.fit(DIGITS, 100_000);
                } catch (PortafilterException e) {
                  refused.compareAndSet(null, e);
                }
              });
      training.start();
      while (refused.get() == null) {
        try {
          predictor.predict(new byte[784]);
        } catch (PortafilterException e) {
          refused.compareAndSet(null, e);
        }
      }
      training.interrupt();
      training.join();
      Answers.require(
          "a prediction and training over one state",
          refused.get().getMessage(),
          "state",
          "copy()");
    }
  }

  @Test
  void watchingWhatIsNotThere() {
    try (Network net = lenet();
        Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(1e-3))) {
      trainer.callback(EarlyStopping.of("validation_loss", 2));
      Answers.expect(
          "early stopping without validation",
          () -> trainer.fit(DIGITS, 1),
          "validation_loss",
          "trainer.validation");
    }
  }
}
