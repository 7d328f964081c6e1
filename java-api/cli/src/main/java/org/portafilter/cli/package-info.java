/** The command line: train, predict, describe. */
@org.jspecify.annotations.NullMarked
package org.portafilter.cli;
