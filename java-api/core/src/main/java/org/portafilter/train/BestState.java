package org.portafilter.train;

import java.lang.System.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.portafilter.nn.Network;
import org.portafilter.plan.State;

/**
 * The state of the best epoch, for an {@link EarlyStopping} that goes back to it: a file where
 * there is a folder for checkpoints, else a copy in memory.
 */
final class BestState implements AutoCloseable {
  private static final Logger LOG = System.getLogger("org.portafilter");

  private final Network net;
  private @Nullable EarlyStopping stopping;
  private @Nullable Checkpoints files;
  private @Nullable State copy;
  private int copied;
  private int wentBackAfter;

  BestState(Network net) {
    this.net = net;
  }

  /**
   * Keeps the best state from now on.
   *
   * @param who watches; null where nobody goes back
   * @param where checkpoints are; null for none
   */
  void follow(@Nullable EarlyStopping who, @Nullable Checkpoints where) {
    if (!Objects.equals(stopping, who) || !Objects.equals(files, where)) {
      close();
      stopping = who;
      files = where;
    }
  }

  /**
   * Keeps the state where the newest row is the best.
   *
   * @param writer of a checkpoint of this moment
   */
  void keep(History history, Consumer<Path> writer) {
    EarlyStopping who = stopping;
    Checkpoints where = files;
    int epoch = history.epochs().size();
    if (who == null || epoch == 0 || who.best(history) != epoch) {
      return;
    }
    if (where != null) {
      writer.accept(where.folder().resolve(Checkpoints.EARLY_STOPPING));
      return;
    }
    close();
    copy = net.state().copy();
    copied = epoch;
  }

  /** Goes back to the best epoch's state, unless it is the last one's; a note says so. */
  void restore(History history) {
    EarlyStopping who = stopping;
    int rows = history.epochs().size();
    if (who == null || rows == 0 || wentBackAfter == rows) {
      return;
    }
    int best = who.best(history);
    if (best == rows) {
      return;
    }
    wentBackAfter = rows;
    String which = "epoch %s, the best by %s".formatted(best, who.monitor().name());
    if (fromMemory(best) || fromFile(history, best)) {
      history.note(rows, "went back to the state of " + which);
      return;
    }
    String text =
        "could not go back to the state of %s, which no run kept that had withRestoreBest(); the state is that of epoch %s"
            .formatted(which, rows);
    history.note(rows, text);
    LOG.log(Logger.Level.WARNING, "{0}", text);
  }

  private boolean fromMemory(int epoch) {
    State kept = copy;
    if (kept == null || copied != epoch) {
      return false;
    }
    kept.entries().forEach((path, values) -> net.state().get(path).write(values));
    net.state().step(kept.step());
    return true;
  }

  private boolean fromFile(History history, int epoch) {
    Checkpoints kept = files;
    if (kept == null) {
      return false;
    }
    for (Path file :
        List.of(
            kept.folder().resolve(Checkpoints.EARLY_STOPPING),
            kept.folder().resolve(Checkpoints.BEST),
            kept.epoch(epoch))) {
      if (Files.exists(file) && Checkpoint.restoreEpoch(file, net, history, epoch)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() {
    State kept = copy;
    if (kept != null) {
      kept.close();
      copy = null;
    }
  }
}
