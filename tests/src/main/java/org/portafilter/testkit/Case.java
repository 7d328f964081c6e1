package org.portafilter.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.portafilter.shape.DType;
import org.portafilter.shape.Layout;
import org.portafilter.shape.Shape;
import org.portafilter.shape.Window;

/**
 * One line of a shape list: {@code key=value} pairs. {@code -Dportafilter.shapes=FILE} adds the
 * lines of a file that begin with the family's name; {@code -Dportafilter.shapes.largest=N} leaves
 * out images of more elements.
 */
public final class Case {
  /** Leaves out larger images, where a device is emulated. */
  private static final String LARGEST = "portafilter.shapes.largest";

  private final String line;
  private final Map<String, String> values = new HashMap<>();

  private Case(String line) {
    this.line = line;
    for (String pair : line.trim().split("\\s+")) {
      int equals = pair.indexOf('=');
      values.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
  }

  /** A case from its text. */
  public static Case of(String line) {
    return new Case(line);
  }

  /** The cases of {@code shapes/<family>.txt}. */
  public static List<Case> family(String family) {
    List<Case> cases = new ArrayList<>();
    try (InputStream in = Case.class.getResourceAsStream("/shapes/" + family + ".txt")) {
      BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
      lines
          .lines()
          .filter(l -> !l.isBlank() && !l.startsWith("#"))
          .forEach(l -> cases.add(new Case(l)));
      String extra = System.getProperty("portafilter.shapes");
      if (extra != null) {
        Files.readAllLines(Path.of(extra)).stream()
            .filter(l -> l.startsWith(family + " "))
            .forEach(l -> cases.add(new Case(l.substring(family.length()))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int largest = Integer.getInteger(LARGEST, Integer.MAX_VALUE);
    cases.removeIf(c -> c.size() > largest);
    return cases;
  }

  /** Elements of the image, where the line gives one. */
  private long size() {
    long size = 1;
    for (String key : List.of("n", "c", "h", "w")) {
      size *= Math.max(1, number(key, 1));
    }
    return size;
  }

  /** How a case runs: with which element type, in which layout. */
  public record Variant(Case work, DType dtype, Layout layout) {
    @Override
    public String toString() {
      return work + " " + dtype + (layout == Layout.PLAIN ? "" : " " + layout);
    }
  }

  /** Both element types, and the device's inner layout where there are {@code channels}. */
  public Stream<Variant> variants(long channels) {
    Stream<Variant> plain =
        Stream.of(DType.FLOAT32, DType.FLOAT64).map(t -> new Variant(this, t, Layout.PLAIN));
    return channels > 0
        ? Stream.concat(plain, Stream.of(new Variant(this, DType.FLOAT32, TestDevice.inner())))
        : plain;
  }

  /** A number, or {@code otherwise} where the line does not give it. */
  public int number(String key, int otherwise) {
    String text = values.get(key);
    return text == null ? otherwise : Integer.parseInt(text);
  }

  /** A number the line must give. */
  public int number(String key) {
    return Integer.parseInt(values.get(key));
  }

  /** Numbers joined by {@code x} or commas. */
  public int[] numbers(String key) {
    return Arrays.stream(values.get(key).split("[x,]")).mapToInt(Integer::parseInt).toArray();
  }

  /** The input's shape, {@code n c h w}. */
  public Shape image() {
    return Shape.of(number("n"), number("c"), number("h"), number("w"));
  }

  /** The window: {@code k stride pad dilation}. */
  public Window window() {
    int[] k = pair("k", 1);
    int[] stride = pair("stride", 1);
    int[] dilation = pair("dilation", 1);
    int[] pad = values.containsKey("pad") ? numbers("pad") : new int[] {0};
    int[] sides =
        pad.length == 1
            ? new int[] {pad[0], pad[0], pad[0], pad[0]}
            : pad.length == 2 ? new int[] {pad[0], pad[1], pad[0], pad[1]} : pad;
    return new Window(
        k[0],
        k[1],
        stride[0],
        stride[1],
        sides[0],
        sides[1],
        sides[2],
        sides[3],
        dilation[0],
        dilation[1]);
  }

  private int[] pair(String key, int otherwise) {
    int[] given = values.containsKey(key) ? numbers(key) : new int[] {otherwise};
    return given.length == 1 ? new int[] {given[0], given[0]} : given;
  }

  @Override
  public String toString() {
    return line;
  }
}
