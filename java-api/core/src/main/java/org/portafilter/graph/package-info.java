/** Ops, graphs, differentiation and rewrites; knows no device. */
@org.jspecify.annotations.NullMarked
package org.portafilter.graph;
