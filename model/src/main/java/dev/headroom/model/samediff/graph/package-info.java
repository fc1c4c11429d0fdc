/**
 * SameDiff's graph with sizes alone: operations, variables and ND4J's rules of differentiation. Must not know how it is
 * executed.
 */
@NullMarked
package dev.headroom.model.samediff.graph;

import org.jspecify.annotations.NullMarked;
