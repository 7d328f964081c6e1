package org.portafilter.plan;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.portafilter.data.Dataset;
import org.portafilter.device.Leaks;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.nn.Predictor;
import org.portafilter.optim.Sgd;
import org.portafilter.shape.PortafilterException;
import org.portafilter.testkit.SmallNets;
import org.portafilter.testkit.TestDevice;
import org.portafilter.train.Trainer;

/** Lives of sessions: closing, sharing, refusing. */
@Tag("plan")
class SessionTest {
  private static Network net() {
    return Network.create(
        SmallNets.CONVOLUTIONAL.layer(), SmallNets.CONVOLUTIONAL.input(), TestDevice.get(), 3);
  }

  private static byte[] image() {
    byte[] pixels = new byte[(int) SmallNets.CONVOLUTIONAL.input().count()];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (i * 37);
    }
    return pixels;
  }

  @Test
  void closedThingsSayThatTheyAreClosed() {
    Network net = net();
    Predictor predictor = net.session(1);
    predictor.close();
    predictor.close();
    PortafilterException e =
        assertThrows(PortafilterException.class, () -> predictor.predict(image()));
    assertTrue(e.getMessage().contains("closed"), e.getMessage());
    net.close();
    net.close();
    e = assertThrows(PortafilterException.class, () -> net.session(1));
    assertTrue(e.getMessage().contains("closed"), e.getMessage());
  }

  @Test
  void nothingStaysOpen() {
    long before = Leaks.live();
    for (int i = 0; i < 5; i++) {
      try (Network net = net();
          Predictor one = net.session(1);
          Predictor two = net.session(2)) {
        one.predict(image());
        assertEquals(2, two.session().plan().type(Network.INPUT).shape().dim(0));
      }
    }
    assertEquals(before, Leaks.live());
    assertEquals(0, Leaks.forgotten());
  }

  /** What a session prepared from the state is prepared again when the state changes. */
  @Test
  void aSessionSeesChangedWeights() {
    SmallNets which = SmallNets.BLOCKED;
    float[] image = new float[(int) which.input().count()];
    for (int i = 0; i < image.length; i++) {
      image[i] = (float) Math.sin(i);
    }
    try (Network net = Network.create(which.layer(), which.input(), TestDevice.get(), 3);
        Predictor open = net.session(1)) {
      float[] before = open.predict(image).clone();
      assertArrayEquals(before, open.predict(image));
      for (String path : net.trainable()) {
        float[] values = net.state().get(path).floats();
        for (int i = 0; i < values.length; i++) {
          values[i] *= -1.5f;
        }
        net.state().get(path).write(values);
        float[] after = open.predict(image).clone();
        try (Predictor fresh = net.session(1)) {
          assertArrayEquals(fresh.predict(image), after, path);
        }
      }
      assertFalse(Arrays.equals(before, open.predict(image)));
      Dataset data = Dataset.of(new float[4 * image.length], which.input(), new int[] {0, 1, 2, 1});
      try (Trainer trainer = Trainer.of(net, SoftmaxCrossEntropy.of(), Sgd.of(0.1))) {
        trainer.fit(data.batches(2), 1);
      }
      try (Predictor fresh = net.session(1)) {
        assertArrayEquals(fresh.predict(image), open.predict(image), "after training");
      }
    }
  }

  @Test
  void manyThreadsWithSessionsOfTheirOwnGetTheSerialAnswers() throws Exception {
    try (Network net = net()) {
      float[] expected;
      try (Predictor predictor = net.session(1)) {
        expected = predictor.predict(image());
      }
      ExecutorService pool = Executors.newFixedThreadPool(8);
      List<Future<Void>> results = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        Callable<Void> work =
            () -> {
              try (Predictor predictor = net.session(1)) {
                for (int i = 0; i < 50; i++) {
                  assertArrayEquals(expected, predictor.predict(image()));
                }
              }
              return null;
            };
        results.add(pool.submit(work));
      }
      for (Future<Void> result : results) {
        result.get();
      }
      pool.shutdown();
    }
  }

  /** They run until two meet; the time limit ends a session that never refuses. */
  @Test
  @Timeout(120)
  void aSessionRefusesASecondThread() throws Exception {
    try (Network net = net();
        Predictor predictor = net.session(64)) {
      AtomicReference<PortafilterException> refusal = new AtomicReference<>();
      byte[] images = new byte[64 * image().length];
      Thread[] threads = new Thread[4];
      for (int t = 0; t < threads.length; t++) {
        threads[t] =
            new Thread(
                () -> {
                  while (refusal.get() == null) {
                    try {
                      predictor.session().run();
                    } catch (PortafilterException e) {
                      refusal.compareAndSet(null, e);
                    }
                  }
                });
        threads[t].setDaemon(true);
        threads[t].start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      predictor.predict(images);
      assertTrue(refusal.get().getMessage().contains("another thread"), refusal.get().getMessage());
    }
  }

  @Tag("cpu")
  @Test
  void aViewOfClosedMemoryReadsZeros() {
    Network net = net();
    Session session = Session.open(net.plan(1), net.state());
    ByteBuffer view = session.view(Network.INPUT);
    ByteBuffer parameter = net.state().get("conv1/weights").view().bytes();
    view.put(0, (byte) 7);
    assertTrue(parameter.getFloat(0) != 0);
    session.close();
    net.close();
    assertEquals(0, view.get(0));
    assertEquals(0, parameter.getFloat(0));
  }

  @Test
  void inferenceWhileTrainingIsRefused() {
    try (Network net = net();
        Predictor predictor = net.session(1);
        State copy = net.state().copy()) {
      net.state().acquire(true);
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> predictor.predict(image()));
      assertTrue(e.getMessage().contains("copy()"), e.getMessage());
      net.state().release(true);
      predictor.predict(image());
      assertEquals(net.state().entries().keySet(), copy.entries().keySet());
    }
  }

  @Test
  void wrongSizesAreRefused() {
    try (Network net = net();
        Predictor predictor = net.session(2)) {
      PortafilterException e =
          assertThrows(PortafilterException.class, () -> predictor.predict(new byte[3]));
      assertTrue(e.getMessage().contains("got 3"), e.getMessage());
      e = assertThrows(PortafilterException.class, () -> predictor.predict(new float[3]));
      assertTrue(e.getMessage().contains("got 3"), e.getMessage());
    }
  }
}
