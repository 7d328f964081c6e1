package org.portafilter.graph;

/** One output of one node of a graph. */
public record Value(int node, int output) {}
