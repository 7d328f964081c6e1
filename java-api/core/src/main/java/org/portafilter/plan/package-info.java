/** From a graph to a program: placement of every value, state, sessions. */
@org.jspecify.annotations.NullMarked
package org.portafilter.plan;
