/** How SameDiff executes a graph: order, release of arrays, updaters, memory managers. */
@NullMarked
package dev.headroom.model.samediff.session;

import org.jspecify.annotations.NullMarked;
