package org.portafilter.view;

import java.awt.AWTError;
import java.awt.BasicStroke;
import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.Styler.YAxisPosition;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.portafilter.device.AtomicFile;
import org.portafilter.shape.PortafilterException;
import org.portafilter.train.History;

/**
 * A training curve: losses on the left axis, other validation numbers on the right, epochs below.
 * Drawing needs no display: unless the system property {@code java.awt.headless} is set, this class
 * sets it. A program that opens windows after its first curve sets it to {@code false} before.
 *
 * <pre>{@code
 * trainer.validation(data.test().batches(256), Accuracy.of());
 * trainer.fit(data.train().batches(64), 5);
 * CurvePlot.of(trainer.history(), "LeNet").save(Path.of("curve.png"));
 * }</pre>
 */
public final class CurvePlot {
  private static final int DIGITS = 5;
  private static final int WIDTH = 800;
  private static final int HEIGHT = 450;
  private static final List<String> LEFT_OUT =
      List.of("epoch", "learning_rate", "seconds", "images_per_second");

  static {
    // Before the first class of AWT asks: a picture needs no display, and one that is named but not
    // there would end the training that wanted it.
    if (System.getProperty("java.awt.headless") == null) {
      System.setProperty("java.awt.headless", "true");
    }
  }

  private final XYChart chart;

  private CurvePlot(XYChart chart) {
    this.chart = chart;
  }

  /**
   * A picture of every loss and validation number of a history.
   *
   * @param title written above the curves
   * @throws PortafilterException when the history has no epoch
   */
  public static CurvePlot of(History history, String title) {
    List<Map<String, Double>> rows = history.epochs();
    if (rows.isEmpty()) {
      throw new PortafilterException("a curve needs at least one epoch of history, got none");
    }
    XYChart chart =
        new XYChartBuilder()
            .width(WIDTH)
            .height(HEIGHT)
            .title(title)
            .xAxisTitle("epoch")
            .yAxisTitle("loss")
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.OutsideS);
    chart.getStyler().setLegendLayout(LegendLayout.Horizontal);
    chart.getStyler().setLegendBorderColor(Color.WHITE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisDecimalPattern("0");
    chart.getStyler().setLocale(Locale.ROOT);
    chart.getStyler().setYAxisMin(0, 0.0);
    chart.getStyler().setyAxisTickLabelsFormattingFunction(CurvePlot::label);
    boolean right = false;
    for (String name : rows.get(rows.size() - 1).keySet()) {
      if (!LEFT_OUT.contains(name)) {
        boolean other = !name.endsWith("loss");
        add(chart, rows, name, other ? 1 : 0);
        right |= other;
      }
    }
    if (right) {
      chart.setYAxisGroupTitle(1, "validation");
      chart.getStyler().setYAxisGroupPosition(1, YAxisPosition.Right);
    }
    return new CurvePlot(chart);
  }

  /** A number whole: {@code 0.08}, with its zero. */
  static String label(double value) {
    BigDecimal rounded = BigDecimal.valueOf(value).setScale(DIGITS, RoundingMode.HALF_EVEN);
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  private static void add(XYChart chart, List<Map<String, Double>> rows, String name, int axis) {
    List<Double> epochs = new ArrayList<>();
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < rows.size(); i++) {
      Double value = rows.get(i).get(name);
      if (value != null && Double.isFinite(value)) {
        epochs.add((double) i + 1);
        values.add(value);
      }
    }
    if (!values.isEmpty()) {
      XYSeries series = chart.addSeries(name.replace('_', ' '), epochs, values);
      series.setYAxisGroup(axis);
      series.setLineStyle(new BasicStroke(2f));
      series.setMarker(values.size() <= 30 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE);
    }
  }

  /**
   * Writes the picture as PNG, 800 x 450 pixels, atomically.
   *
   * @throws PortafilterException when the file cannot be written, or this system has no fonts
   */
  public void save(Path file) {
    AtomicFile.write(file, png(chart, file.toString()));
  }

  /**
   * Fails when this system cannot draw, so that a program knows before a long training.
   *
   * @throws PortafilterException when it has no fonts, or the display that was asked for is not
   *     there
   */
  public static void requireDrawing() {
    XYChart empty = new XYChartBuilder().width(100).height(100).title("curve").build();
    empty.addSeries("loss", List.of(1.0, 2.0), List.of(1.0, 0.5));
    png(empty, "curves");
  }

  private static byte[] png(XYChart chart, String what) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    String home = System.getProperty("user.home", "?");
    boolean homeless = !isFolderName(home);
    try {
      if (homeless) {
        // The JDK notes in the home folder which fonts it found, and would make one named "?" or
        // "??".
        System.setProperty("user.home", "/dev/null");
      }
      BitmapEncoder.saveBitmap(chart, bytes, BitmapFormat.PNG);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new PortafilterException(
          what + ": cannot be drawn (" + PortafilterException.reason(e) + ")", e);
    } catch (AWTError e) {
      throw new PortafilterException(
          what
              + ": cannot be drawn ("
              + PortafilterException.reason(e)
              + "); drawing needs no display: do not set -Djava.awt.headless=false",
          e);
    } catch (LinkageError | InternalError | NullPointerException e) {
      // What the JDK throws where fontconfig or its fonts are missing.
      throw new PortafilterException(
          what
              + ": this system has no fonts to draw with ("
              + PortafilterException.reason(e)
              + "); install fontconfig and a font, for example the Debian package fonts-dejavu-core",
          e);
    } finally {
      if (homeless) {
        System.setProperty("user.home", home);
      }
    }
  }

  private static boolean isFolderName(String home) {
    try {
      return Path.of(home).isAbsolute();
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
