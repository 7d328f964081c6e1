package org.portafilter.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.portafilter.shape.PortafilterException;

/** Rows of numbers and those who watch them. */
@Tag("unit")
class HistoryTest {
  private static History of(double... losses) {
    History history = new History();
    for (int i = 0; i < losses.length; i++) {
      Map<String, Double> row = new LinkedHashMap<>();
      row.put("epoch", i + 1.0);
      row.put("validation_loss", losses[i]);
      if (i == 1) {
        row.put("validation_accuracy", 0.5);
      }
      history.add(row);
    }
    return history;
  }

  @Test
  void csvAndJson(@TempDir Path folder) throws IOException {
    History history = of(0.5, Double.NaN, 0.25);
    history.save(folder.resolve("h.csv"));
    history.save(folder.resolve("h.json"));
    assertEquals(
        List.of(
            "epoch,validation_loss,validation_accuracy", "1.0,0.5,", "2.0,NaN,0.5", "3.0,0.25,"),
        Files.readAllLines(folder.resolve("h.csv")));
    var rows = JsonParser.parseString(Files.readString(folder.resolve("h.json"))).getAsJsonArray();
    assertEquals(3, rows.size());
    assertTrue(rows.get(1).getAsJsonObject().get("validation_loss").isJsonNull());
    History again = new History();
    again.restore(rows);
    assertEquals(history.epochs(), again.epochs());
  }

  private static String stopped(EarlyStopping stopping, double... losses) {
    Epoch epoch = new Epoch(losses.length, 100, of(losses));
    stopping.epoch(epoch);
    return epoch.stopped();
  }

  @Test
  void earlyStoppingWaits() {
    EarlyStopping stopping = EarlyStopping.of("validation_loss", 2);
    assertNull(stopped(stopping, 1));
    assertNull(stopped(stopping, 1, 2));
    assertNotNull(stopped(stopping, 1, 2, 1));
    assertNull(stopped(stopping, 1, 2, 0.9));
    assertNull(stopped(stopping, 1, 2, 0.9, 0.95));
    assertNotNull(stopped(stopping.withMargin(0.2), 1, 2, 0.9));
    assertNull(stopped(stopping, Double.NaN, 5, 6));
    assertNotNull(stopped(stopping, 1, Double.NaN, Double.NaN));
  }

  @Test
  void theRateFallsOnEveryPlateau() {
    ReduceOnPlateau plateau = ReduceOnPlateau.of("validation_loss", 2);
    assertEquals(1, plateau.rateFactor(of().epochs()));
    assertEquals(1, plateau.rateFactor(of(1, 2).epochs()));
    assertEquals(0.5, plateau.rateFactor(of(1, 2, 1).epochs()));
    assertEquals(0.5, plateau.rateFactor(of(1, 2, 1, 3).epochs()));
    assertEquals(0.25, plateau.rateFactor(of(1, 2, 1, 3, 4).epochs()));
    assertEquals(0.5, plateau.rateFactor(of(1, 2, 1, 3, 0.5, 0.6).epochs()));
    assertEquals(0.1, plateau.withFactor(0.1).rateFactor(of(1, 2, 1).epochs()));
    assertThrows(PortafilterException.class, () -> plateau.withFactor(1));
  }

  @Test
  void higherIsBetterForAccuracies() {
    assertEquals(true, Monitor.of("train_loss").lowerIsBetter());
    assertEquals(false, Monitor.of("validation_accuracy").lowerIsBetter());
    assertEquals(2, Monitor.of("validation_loss").best(of(3, 2, 1, 1).epochs(), 0));
  }

  private static String printed(boolean rewriting) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    ProgressLine line = rewriting ? ProgressLine.rewriting(out) : ProgressLine.plain(out);
    for (int batch = 1; batch <= 4; batch++) {
      line.step(new Step(1, 2, batch, 4, 0.5, 0.75, 1e-3));
    }
    History history = new History();
    Map<String, Double> row = new LinkedHashMap<>();
    row.put("train_loss", 0.75);
    row.put("validation_accuracy", 0.9);
    row.put("seconds", 2.0);
    row.put("images_per_second", 128.0);
    history.add(row);
    Epoch epoch = new Epoch(1, 2, history);
    epoch.stop("enough");
    line.epoch(epoch);
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void aTerminalIsTold() {
    for (String device :
        List.of("/dev/pts/0", "/dev/pts/12", "/dev/tty1", "/dev/tty", "/dev/console")) {
      assertTrue(Terminal.isDevice(device), device);
    }
    for (String other : List.of("/dev/null", "pipe:[17]", "socket:[4]", "/tmp/pts/0", "/tmp/log")) {
      assertEquals(false, Terminal.isDevice(other), other);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ProgressLine.to(new PrintStream(bytes, true, StandardCharsets.UTF_8))
        .step(new Step(1, 2, 4, 4, 0.5, 0.75, 1e-3));
    assertEquals(0, bytes.size(), "a stream of a program's own is no terminal");
  }

  @Test
  void progressIsABarOrPlainLines() {
    String plain = printed(false);
    assertEquals(
        "epoch 1/2  loss 0.7500  validation_accuracy 0.9000  2.0 s  128 images/s\nstopped: enough\n",
        plain);
    String bar = printed(true);
    assertTrue(bar.contains("\repoch 1/2  [######..................]  25%  1/4  loss 0.7500"), bar);
    assertTrue(bar.contains("[########################] 100%  4/4  loss 0.7500  0:00 left"), bar);
    assertEquals("7:05", ProgressLine.clock(425.2));
    assertEquals("1:07:05", ProgressLine.clock(4025));
  }
}
