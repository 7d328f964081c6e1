package org.portafilter.optim;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.portafilter.graph.Graph;
import org.portafilter.graph.PathPattern;
import org.portafilter.graph.Value;
import org.portafilter.shape.PortafilterException;
import org.portafilter.shape.ValueType;

/**
 * Optimizers of their own for some parameters, with their own rates and decays; a schedule moves
 * all rates alike. Of several groups that name a parameter the first has it; the others' are the
 * first optimizer's.
 *
 * <pre>{@code
 * Optimizer optimizer =
 *     ParameterGroups.of(Sgd.of(0.1).withMomentum(0.9).withWeightDecay(5e-4))
 *         .with(".*(bias|gamma|beta)", Sgd.of(0.1).withMomentum(0.9))
 *         .with("stage1", Sgd.of(0.01).withMomentum(0.9));
 * }</pre>
 *
 * @param rest of all parameters that no group names
 * @param groups in order
 */
public record ParameterGroups(Optimizer rest, List<Group> groups) implements Optimizer {
  /**
   * Some parameters and their optimizer.
   *
   * @param pattern as {@link PathPattern} has it: a layer's path, or a regular expression
   */
  public record Group(PathPattern pattern, Optimizer optimizer) {}

  /** Checks that rates can be given as multiples of the first one. */
  public ParameterGroups {
    groups = List.copyOf(groups);
    if (!(rest.learningRate() > 0)) {
      throw new PortafilterException(
          "ParameterGroups needs a learning rate above 0 outside its groups, got "
              + rest.learningRate());
    }
  }

  /** One optimizer for all parameters, to begin with. */
  public static ParameterGroups of(Optimizer rest) {
    return new ParameterGroups(rest, List.of());
  }

  /**
   * The same with another optimizer for some parameters.
   *
   * @param pattern as {@link PathPattern} has it
   */
  public ParameterGroups with(String pattern, Optimizer optimizer) {
    List<Group> more = new ArrayList<>(groups);
    more.add(new Group(new PathPattern(pattern), optimizer));
    return new ParameterGroups(rest, more);
  }

  private Optimizer optimizerOf(String parameter) {
    for (Group group : groups) {
      if (group.pattern().matches(parameter)) {
        return group.optimizer();
      }
    }
    return rest;
  }

  /** Groups are checked as well, each with the parameters it has. */
  @Override
  public void requireFit(Collection<String> parameters) {
    for (Group group : groups) {
      if (parameters.stream().noneMatch(group.pattern()::matches)) {
        throw new PortafilterException(
            "the group '%s' names none of the trained parameters %s"
                .formatted(group.pattern().expression(), parameters));
      }
    }
    Map<Optimizer, List<String>> shares = new IdentityHashMap<>();
    for (String parameter : parameters) {
      shares.computeIfAbsent(optimizerOf(parameter), o -> new ArrayList<>()).add(parameter);
    }
    shares.forEach(Optimizer::requireFit);
  }

  @Override
  public double learningRate() {
    return rest.learningRate();
  }

  @Override
  public Map<String, ValueType> moments(String parameter, ValueType type) {
    return optimizerOf(parameter).moments(parameter, type);
  }

  @Override
  public boolean squares(String parameter) {
    return optimizerOf(parameter).squares(parameter);
  }

  @Override
  public void update(Graph.Builder graph, String parameter, Value gradient, double rateScale) {
    Optimizer optimizer = optimizerOf(parameter);
    double scale = optimizer.learningRate() / rest.learningRate();
    optimizer.update(graph, parameter, gradient, rateScale * scale);
  }
}
