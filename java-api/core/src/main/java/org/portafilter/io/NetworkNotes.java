package org.portafilter.io;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import org.portafilter.data.ChannelOrder;
import org.portafilter.data.Fit;
import org.portafilter.data.ImageSpec;
import org.portafilter.shape.PortafilterException;

/**
 * What a model file says beside the graph, as JSON: the names of the classes, and the images the
 * network was made for.
 */
final class NetworkNotes {
  private static final int MOST_SIDE = 1 << 24;

  private NetworkNotes() {}

  /** Class names as a JSON array. */
  static String classes(List<String> names) {
    JsonArray json = new JsonArray();
    names.forEach(json::add);
    return json.toString();
  }

  /** Class names from a JSON array. */
  static List<String> classes(String text) {
    try {
      List<String> names = new ArrayList<>();
      for (JsonElement name : JsonParser.parseString(text).getAsJsonArray()) {
        if (!name.isJsonPrimitive() || !name.getAsJsonPrimitive().isString()) {
          throw new IllegalStateException(name + " is no name");
        }
        names.add(name.getAsString());
      }
      if (names.isEmpty()) {
        throw new IllegalStateException("it is empty");
      }
      return names;
    } catch (RuntimeException e) {
      throw damaged("class names", e);
    }
  }

  /** Images as a JSON object. */
  static String image(ImageSpec image) {
    JsonObject json = new JsonObject();
    json.addProperty("height", image.height());
    json.addProperty("width", image.width());
    json.addProperty("channels", image.order().channels());
    json.addProperty("order", image.order().name());
    json.addProperty("fit", image.fit().name());
    return json.toString();
  }

  /** Images from a JSON object; without an order, one channel is grey and three are RGB. */
  static ImageSpec image(String text) {
    try {
      JsonObject json = JsonParser.parseString(text).getAsJsonObject();
      int channels = number(json, "channels");
      ChannelOrder order =
          json.has("order")
              ? ChannelOrder.valueOf(json.get("order").getAsString())
              : channels == 1 ? ChannelOrder.GREY : ChannelOrder.RGB;
      if (order.channels() != channels) {
        throw new IllegalStateException(channels + " channels in the order " + order);
      }
      return new ImageSpec(
          number(json, "height"),
          number(json, "width"),
          order,
          Fit.valueOf(json.get("fit").getAsString()));
    } catch (RuntimeException e) {
      throw damaged("images", e);
    }
  }

  private static int number(JsonObject json, String key) {
    if (!json.has(key)) {
      throw new IllegalStateException("it has no " + key);
    }
    double value = json.get(key).getAsDouble();
    if (value != Math.rint(value) || value < 1 || value > MOST_SIDE) {
      throw new IllegalStateException("a " + key + " of " + json.get(key));
    }
    return (int) value;
  }

  private static PortafilterException damaged(String what, RuntimeException e) {
    String reason = PortafilterException.reason(e);
    return new PortafilterException(
        "what it says of its " + what + " is damaged (" + reason + ")", e);
  }
}
