/** Explained breakdowns: rows with formula and source. Computes no bytes of its own. */
@NullMarked
package dev.headroom.model.explain;

import org.jspecify.annotations.NullMarked;
