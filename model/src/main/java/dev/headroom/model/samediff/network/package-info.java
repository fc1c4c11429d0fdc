/** Networks, written once for every implementation of a graph. Must not know what a graph is made of. */
@NullMarked
package dev.headroom.model.samediff.network;

import org.jspecify.annotations.NullMarked;
