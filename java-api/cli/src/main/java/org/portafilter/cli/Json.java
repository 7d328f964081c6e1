package org.portafilter.cli;

import com.google.gson.FormattingStyle;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

/** What the command line prints for programs: JSON that every parser reads. */
final class Json {
  private static final Gson COMPACT =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
  private static final Gson SPACED =
      new GsonBuilder()
          .serializeNulls()
          .disableHtmlEscaping()
          .setFormattingStyle(FormattingStyle.COMPACT.withSpaceAfterSeparators(true))
          .create();
  private static final Gson PRETTY =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().setPrettyPrinting().create();

  private Json() {}

  /** A number, or null where it is NaN or infinite, for which JSON has no words. */
  static JsonElement number(double value) {
    return Double.isFinite(value) ? new JsonPrimitive(value) : JsonNull.INSTANCE;
  }

  /** One line without spaces. */
  static String compact(JsonObject json) {
    return COMPACT.toJson(json);
  }

  /** One line with a space after every comma and colon. */
  static String spaced(JsonObject json) {
    return SPACED.toJson(json);
  }

  /** Indented lines. */
  static String pretty(JsonObject json) {
    return PRETTY.toJson(json);
  }
}
