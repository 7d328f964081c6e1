package org.portafilter.optim;

import java.util.Collection;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.Value;
import org.portafilter.shape.ValueType;

/** A graph function that turns gradients into updates. */
public interface Optimizer {
  /** The learning rate it was made with; a trainer may change it from step to step. */
  double learningRate();

  /**
   * Entries it keeps for one parameter, by path, zero at the beginning.
   *
   * @param parameter the parameter's path
   */
  Map<String, ValueType> moments(String parameter, ValueType type);

  /**
   * Throws when it was made for other parameters than these; a trainer asks before anything else.
   *
   * @param parameters paths of all that will be trained
   */
  default void requireFit(Collection<String> parameters) {}

  /**
   * Whether it remembers squares of this parameter's gradient, so that the step must not begin
   * where one of them is too large a number: it would stay infinite, and the parameter where it is.
   *
   * @param parameter the parameter's path
   */
  default boolean squares(String parameter) {
    return false;
  }

  /**
   * Adds the update of one parameter to the graph.
   *
   * @param parameter the parameter's path
   * @param rateScale what the step's learning rate is multiplied by for this parameter: an
   *     optimizer of one's own that leaves it out moves a group of {@link ParameterGroups} at the
   *     rate of the others
   */
  void update(Graph.Builder graph, String parameter, Value gradient, double rateScale);
}
