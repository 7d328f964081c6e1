/** The training loop, history and checkpoints. */
@org.jspecify.annotations.NullMarked
package org.portafilter.train;
