package org.portafilter.benchmarks;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;

/** A comparison as bars: how many times as fast as the best peer each row is, and the line at 1. */
final class ComparePlot {
  private ComparePlot() {}

  static void save(JsonObject result, Path file) throws IOException {
    List<String> names = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    for (JsonElement element : result.getAsJsonArray("rows")) {
      JsonObject row = element.getAsJsonObject();
      if (!row.get("ratio").isJsonNull()) {
        String text = row.get("case").getAsString();
        names.add(text.contains("=") ? text.substring(text.indexOf(' ') + 1) : text);
        ratios.add(row.get("ratio").getAsDouble());
      }
    }
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(Math.max(700, 34 * names.size() + 150))
            .height(620)
            .title(result.get("suite").getAsString() + ": times the best peer's speed")
            .build();
    chart.getStyler().setLegendPosition(LegendPosition.InsideNE);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    chart.getStyler().setXAxisLabelRotation(90);
    chart.addSeries("ours / best peer", names, ratios);
    BitmapEncoder.saveBitmap(chart, file.toString(), BitmapFormat.PNG);
  }
}
