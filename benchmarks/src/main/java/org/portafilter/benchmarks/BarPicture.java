package org.portafilter.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;

/** Horizontal bars, a line at 1, and each machine's bars beside the others'. */
final class BarPicture {
  /** One machine's numbers, by name. */
  static final class Bars {
    private final String machine;
    private final Map<String, Double> values = new LinkedHashMap<>();

    private Bars(String machine) {
      this.machine = machine;
    }

    /** How many times as fast as its best peer each row is that has one. */
    static Bars of(String machine, JsonObject result) {
      Bars bars = new Bars(machine);
      for (JsonElement element : result.getAsJsonArray("rows")) {
        JsonObject row = element.getAsJsonObject();
        if (!row.get("ratio").isJsonNull()) {
          String text = row.get("case").getAsString();
          String name = text.contains("=") ? text.substring(text.indexOf(' ') + 1) : text;
          bars.values.put(name, row.get("ratio").getAsDouble());
        }
      }
      return bars;
    }
  }

  private static final int WIDTH = 1000;
  private static final int LEFT = 330;
  private static final int RIGHT = 70;
  private static final int TOP = 64;
  private static final int BAR = 20;
  private static final int GAP = 12;
  private static final List<Color> COLOURS =
      List.of(new Color(0x3b6ea8), new Color(0xd08a3c), new Color(0x5ba66c));

  private final String title;
  private final List<Bars> machines;
  private final Set<String> names = new LinkedHashSet<>();
  private final double most;

  private BarPicture(String title, List<Bars> machines) {
    this.title = title;
    this.machines = machines;
    machines.forEach(bars -> names.addAll(bars.values.keySet()));
    this.most =
        machines.stream()
            .flatMap(bars -> bars.values.values().stream())
            .mapToDouble(Double::doubleValue)
            .max()
            .orElse(1);
  }

  static void save(String title, List<Bars> machines, Path file) throws IOException {
    ImageIO.write(new BarPicture(title, machines).draw(), "png", file.toFile());
  }

  private int x(double value) {
    return (int) Math.round(LEFT + (WIDTH - LEFT - RIGHT) * value / most);
  }

  private BufferedImage draw() {
    int group = machines.size() * BAR + GAP;
    int height = TOP + names.size() * group + 30;
    BufferedImage image = new BufferedImage(WIDTH, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = image.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setRenderingHint(
        RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
    g.setColor(Color.WHITE);
    g.fillRect(0, 0, WIDTH, height);
    g.setColor(Color.BLACK);
    g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
    g.drawString(title, LEFT, 24);
    g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 13));
    for (int machine = 0; machine < machines.size(); machine++) {
      legend(g, machine);
    }
    int top = TOP;
    for (String name : names) {
      g.setColor(Color.BLACK);
      int width = g.getFontMetrics().stringWidth(name);
      g.drawString(name, LEFT - 10 - width, top + machines.size() * BAR / 2 + 5);
      for (int machine = 0; machine < machines.size(); machine++) {
        bar(g, machine, name, top + machine * BAR);
      }
      top += group;
    }
    line(g, height);
    g.dispose();
    return image;
  }

  private void legend(Graphics2D g, int machine) {
    int left = LEFT + 150 * machine;
    g.setColor(COLOURS.get(machine % COLOURS.size()));
    g.fillRect(left, 38, 14, 12);
    g.setColor(Color.BLACK);
    g.drawString(machines.get(machine).machine, left + 20, 49);
  }

  private void bar(Graphics2D g, int machine, String name, int top) {
    Double value = machines.get(machine).values.get(name);
    if (value != null) {
      g.setColor(COLOURS.get(machine % COLOURS.size()));
      g.fillRect(LEFT, top, x(value) - LEFT, BAR - 2);
      g.setColor(Color.BLACK);
      g.drawString(Report.number(value), x(value) + 6, top + 14);
    }
  }

  /** Where both are as fast. */
  private void line(Graphics2D g, int height) {
    g.setColor(new Color(0x909090));
    float[] dashes = {4, 4};
    g.setStroke(new BasicStroke(1.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_MITER, 1, dashes, 0));
    g.drawLine(x(1), TOP - 6, x(1), height - 24);
    g.drawString("1", x(1) - 4, height - 8);
  }
}
