package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.data.Batches;
import org.portafilter.data.DrawnDigits;
import org.portafilter.loss.SoftmaxCrossEntropy;
import org.portafilter.nn.Network;
import org.portafilter.optim.Adam;
import org.portafilter.shape.PortafilterException;
import org.portafilter.testkit.TestDevice;

/** Runs that stop early, the state they end with, and those that resume them. */
@Tag("curve")
class EarlyStoppingTest {
  private static final Batches HELD = DrawnDigits.split(1, 40, 2).test().batches(20);
  private static final EarlyStopping STOPPING =
      EarlyStopping.of("validation_loss", 2).withRestoreBest();

  @TempDir Path folder;

  /** A rate so high that the validation loss soon rises. */
  private static Trainer trainer(Network net) {
    return Trainer.of(net, SoftmaxCrossEntropy.of(), Adam.of(0.05)).validation(HELD);
  }

  private static Network network() {
    return Runs.network(TestDevice.get());
  }

  /** The state after every epoch, from a run that goes back nowhere, and how many there were. */
  private static List<Map<String, float[]>> states(int epochs) {
    List<Map<String, float[]>> states = new ArrayList<>();
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer
          .callback(EarlyStopping.of("validation_loss", 2))
          .callback(
              new Callback() {
                @Override
                public void epoch(Epoch epoch) {
                  states.add(Runs.state(net));
                }
              })
          .fit(Runs.DIGITS, epochs);
    }
    return states;
  }

  private static void assertState(Map<String, float[]> expected, Network net) {
    Runs.state(net).forEach((path, v) -> assertArrayEquals(expected.get(path), v, path));
  }

  private static int bestOf(History history) {
    return STOPPING.best(history);
  }

  private static void assertBest(List<Map<String, float[]>> states, Network net, Trainer trainer) {
    int best = bestOf(trainer.history());
    assertTrue(best < states.size(), "the best epoch is not the last, or nothing is tried");
    assertEquals(states.size(), trainer.history().epochs().size());
    assertState(states.get(best - 1), net);
    assertEquals(4L * best, net.state().step());
    History.Note note = trainer.history().notes().get(trainer.history().notes().size() - 1);
    assertEquals(states.size(), note.epoch());
    assertTrue(note.text().contains("went back to the state of epoch " + best), note.toString());
    double loss = trainer.evaluate(HELD, List.of()).get("loss");
    assertEquals(trainer.history().epochs().get(best - 1).get("validation_loss"), loss);
  }

  @Test
  void theBestStateComesBackFromMemory() {
    List<Map<String, float[]>> states = states(30);
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.callback(STOPPING);
      trainer.fit(Runs.DIGITS, 30);
      assertTrue(states.size() < 30, "it stopped");
      assertBest(states, net, trainer);
      trainer.fit(Runs.DIGITS, 30);
      assertBest(states, net, trainer);
      assertEquals(1, trainer.history().notes().size(), "once");
    }
  }

  @Test
  void soItDoesWhereTheEpochsAreDone() {
    int all = states(30).size();
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.callback(STOPPING);
      trainer.fit(Runs.DIGITS, all - 1);
      assertBest(states(all - 1), net, trainer);
    }
  }

  @Test
  void aResumedRunKnowsTheBestSoFar() throws IOException {
    List<Map<String, float[]>> states = states(30);
    int best;
    for (int epochs = 1; epochs <= states.size(); epochs++) {
      try (Network net = network();
          Trainer trainer = trainer(net)) {
        trainer.callback(STOPPING).checkpoints(Checkpoints.in(folder).withEverySteps(3));
        assertEquals(epochs > 1, trainer.resume(folder, Runs.DIGITS, Resume.exactly()));
        trainer.fit(Runs.DIGITS, epochs);
        best = bestOf(trainer.history());
        assertState(states.get(best - 1), net);
        assertEquals(epochs, trainer.history().epochs().size());
      }
    }
    // The run is over: one more process neither trains nor forgets.
    Path latest = folder.resolve(Checkpoints.LATEST);
    byte[] before = Files.readAllBytes(latest);
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.callback(STOPPING).checkpoints(Checkpoints.in(folder));
      trainer.resume(folder, Runs.DIGITS, Resume.exactly());
      assertState(states.get(states.size() - 1), net);
      trainer.fit(Runs.DIGITS, 30);
      assertBest(states, net, trainer);
    }
    assertArrayEquals(before, Files.readAllBytes(latest));
  }

  @Test
  void othersFilesAreNotTaken() throws IOException {
    Path other = folder.resolve("other");
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.seed(7).callback(STOPPING).checkpoints(Checkpoints.in(other));
      trainer.fit(Runs.DIGITS, 1);
    }
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.checkpoints(Checkpoints.in(folder));
      trainer.callback(EarlyStopping.of("validation_loss", 2)).fit(Runs.DIGITS, 30);
    }
    Files.copy(
        other.resolve(Checkpoints.EARLY_STOPPING),
        folder.resolve(Checkpoints.EARLY_STOPPING),
        StandardCopyOption.REPLACE_EXISTING);
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.callback(STOPPING).checkpoints(Checkpoints.in(folder));
      trainer.resume(folder, Runs.DIGITS);
      Map<String, float[]> before = Runs.state(net);
      trainer.fit(Runs.DIGITS, 30);
      assertState(before, net);
      String notes = trainer.history().notes().toString();
      assertTrue(notes.contains("could not go back"), notes);
    }
  }

  @Test
  void theBestCheckpointServesToo() {
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.checkpoints(Checkpoints.in(folder).withBest("validation_loss"));
      trainer.callback(EarlyStopping.of("validation_loss", 2)).fit(Runs.DIGITS, 30);
    }
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.callback(STOPPING).checkpoints(Checkpoints.in(folder));
      trainer.resume(folder, Runs.DIGITS);
      trainer.fit(Runs.DIGITS, 30);
      assertBest(states(30), net, trainer);
    }
  }

  @Test
  void namesThatWillNotBeThereAreRefusedBeforeTheFirstStep() {
    try (Network net = network()) {
      for (int who = 0; who < 3; who++) {
        try (Trainer trainer = trainer(net)) {
          if (who == 0) {
            trainer.callback(EarlyStopping.of("validation_los", 1));
          } else if (who == 1) {
            trainer.checkpoints(Checkpoints.in(folder.resolve("not")).withBest("accuracy"));
          } else {
            trainer.plateau(ReduceOnPlateau.of("loss", 2));
          }
          var e = assertThrows(PortafilterException.class, () -> trainer.fit(Runs.DIGITS, 3));
          for (String part : List.of("will not have", "train_loss", "validation_loss")) {
            assertTrue(e.getMessage().contains(part), e.getMessage());
          }
        }
      }
      assertEquals(0, net.state().step());
      assertFalse(Files.exists(folder.resolve("not")));
      assertThrows(PortafilterException.class, () -> EarlyStopping.of("", 1));
      try (Trainer trainer = trainer(net)) {
        trainer.callback(STOPPING).callback(STOPPING.withMargin(1));
        assertThrows(PortafilterException.class, () -> trainer.fit(Runs.DIGITS, 3));
      }
    }
  }

  @Test
  void nothingToDoIsAnswered() {
    try (Network net = network();
        Trainer trainer = trainer(net).checkpoints(Checkpoints.in(folder))) {
      for (int epochs : new int[] {0, -1}) {
        var e = assertThrows(PortafilterException.class, () -> trainer.fit(Runs.DIGITS, epochs));
        assertTrue(e.getMessage().contains("at least 1, got " + epochs), e.getMessage());
      }
      trainer.fit(Runs.DIGITS, 2);
      var e = assertThrows(PortafilterException.class, () -> trainer.fit(Runs.DIGITS, 2));
      assertTrue(e.getMessage().contains("2 epochs are done"), e.getMessage());
    }
    try (Network net = network();
        Trainer trainer = trainer(net)) {
      trainer.resume(folder, Runs.DIGITS);
      trainer.fit(Runs.DIGITS, 2);
      assertEquals(8, net.state().step(), "a resumed run that is over stays so");
      assertThrows(PortafilterException.class, () -> trainer.learningRate(Double.NaN));
      assertThrows(PortafilterException.class, () -> trainer.learningRate(-1));
    }
  }

  @Test
  void rowsFromBeforeTheNumberWasMeasuredDoNotCount() {
    History history = new History();
    history.add(Map.of("train_loss", 1.0));
    history.add(Map.of("train_loss", 1.0));
    history.add(Map.of("train_loss", 1.0));
    history.add(Map.of("train_loss", 1.0, "validation_loss", 3.0));
    assertEquals(4, STOPPING.best(history));
    assertEquals(1, ReduceOnPlateau.of("validation_loss", 1).rateFactor(history.epochs()));
    history.add(Map.of("train_loss", 1.0, "validation_loss", 4.0));
    assertEquals(4, STOPPING.best(history));
    assertEquals(0.5, ReduceOnPlateau.of("validation_loss", 1).rateFactor(history.epochs()));
  }
}
