package org.portafilter.graph;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.portafilter.shape.PortafilterException;

/**
 * Names parameters: a regular expression that a path must match as a whole, or up to one of its
 * slashes. {@code stage1} names everything in that stage, {@code .*bias} all biases.
 *
 * @param expression the regular expression
 */
public record PathPattern(String expression) {
  /** Checks the expression. */
  public PathPattern {
    try {
      Pattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new PortafilterException(
          "'%s' is not a regular expression: %s".formatted(expression, e.getDescription()), e);
    }
  }

  /** Whether it names this path. */
  public boolean matches(String path) {
    return path.matches("(?:" + expression + ")(?:/.*)?");
  }
}
